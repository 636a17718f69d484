import {
  type MemoryBackend,
  type RecordWrite,
  refIdentity,
  type StoreBackend,
} from '@spec-kitty/tracker-core';

type Overrides = Partial<StoreBackend>;

/** One deliberate mistake of a store, and the case that must find it. */
export interface StoreBreakage {
  mistake: string;
  found: string;
  overrides(right: MemoryBackend): Overrides;
  /** The mistake that shows only where the store is opened again. */
  reopened?(right: MemoryBackend): Overrides;
}

/** The backend with some of its methods replaced; the rest is bound, since it has private state. */
export function brokenBackend(right: MemoryBackend, overrides: Overrides): StoreBackend {
  return new Proxy<StoreBackend>(right, {
    get(target, name) {
      if (Object.hasOwn(overrides, name)) return Reflect.get(overrides, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

export const STORE_BREAKAGES: StoreBreakage[] = [
  {
    mistake: 'loses its rereads in a crash',
    found: 'after a crash between any two steps',
    overrides: () => ({}),
    reopened: () => ({ rereads: async () => [] }),
  },
  {
    mistake: 'counts fences anew after a crash',
    found: 'numbers go on after a crash',
    overrides: () => ({}),
    reopened: (right) => ({
      acquireLease: async (id, owner, ttlMs) => {
        await right.acquireLease(id, owner, ttlMs);
        return { fence: 1 };
      },
    }),
  },
  {
    mistake: 'does not look at the lease where another process took it',
    found: 'two that have the store open',
    overrides: () => ({}),
    reopened: (right) => ({ commit: ({ lease: _lease, ...commit }) => right.commit(commit) }),
  },
  {
    mistake: 'leaves out what it does not find',
    found: 'have their order and length',
    overrides: (right) => ({ load: async (ids) => (await right.load(ids)).filter(Boolean) }),
  },
  {
    mistake: 'ignores stamps',
    found: 'a record that moved',
    overrides: (right) => ({
      async commit(commit) {
        const records: RecordWrite[] = [];
        for (const write of commit.records ?? []) {
          const [held] = write.id === undefined ? [] : await right.load([write.id]);
          records.push(held ? { ...write, stamp: held.stamp } : write);
        }
        return right.commit({ ...commit, records });
      },
    }),
  },
  {
    mistake: 'writes the rest of a commit that it refuses',
    found: 'another record’s identity',
    overrides: (right) => ({
      async commit({ records = [], ...rest }) {
        const { lease } = rest;
        await right.commit(rest);
        return right.commit({ ...(lease ? { lease } : {}), records });
      },
    }),
  },
  {
    mistake: 'writes the records of a commit one by one',
    found: 'a record that moved',
    overrides: (right) => ({
      async commit({ records = [], ...rest }) {
        for (const write of records) {
          const result = await right.commit({
            ...(rest.lease ? { lease: rest.lease } : {}),
            records: [write],
          });
          if (!result.ok) return result;
        }
        return right.commit(rest);
      },
    }),
  },
  {
    mistake: 'does not look at the lease',
    found: 'a lease that was lost',
    overrides: (right) => ({ commit: ({ lease: _lease, ...commit }) => right.commit(commit) }),
  },
  {
    mistake: 'gives a held lease to anybody',
    found: 'held by one owner',
    overrides: (right) => ({ acquireLease: (id, _owner, ttlMs) => right.acquireLease(id, 'all', ttlMs) }),
  },
  {
    mistake: 'never lets a lease end',
    found: 'a lease ends with its time',
    overrides: (right) => ({
      acquireLease: (id, owner, ttlMs) => right.acquireLease(id, owner, ttlMs + 1_000_000_000),
    }),
  },
  {
    mistake: 'gives back any lease',
    found: 'given back by its fence alone',
    overrides: (right) => {
      const last = new Map<string, number>();
      return {
        async acquireLease(id, owner, ttlMs) {
          const lease = await right.acquireLease(id, owner, ttlMs);
          last.set(id, lease.fence);
          return lease;
        },
        releaseLease: (id) => right.releaseLease(id, last.get(id) ?? 0),
      };
    },
  },
  {
    mistake: 'counts records that are pending for two targets twice',
    found: 'pending for several targets',
    overrides: (right) => ({
      async pending(targets, page) {
        const lists = await Promise.all(targets.map((target) => right.pending([target], page)));
        return lists
          .flat()
          .sort((a, b) => a - b)
          .slice(0, page.limit);
      },
    }),
  },
  {
    mistake: 'ignores the place of a page',
    found: 'changed tells each',
    overrides: (right) => ({ changed: (_after, limit) => right.changed(0, limit) }),
  },
  {
    mistake: 'orders refs as people do',
    found: 'code-unit order',
    overrides: (right) => ({
      async refs(target) {
        const all = await right.refs(target, { after: '', limit: 1_000_000 });
        return all.sort((a, b) => a.identity.localeCompare(b.identity));
      },
    }),
  },
  {
    mistake: 'lists intents by key',
    found: 'intents keep the order',
    overrides: (right) => ({
      intents: async (id) => (await right.intents(id)).sort((a, b) => (a.key < b.key ? -1 : 1)),
    }),
  },
  {
    mistake: 'removes a reread that was put again since',
    found: 'removed only as it was read',
    overrides: (right) => ({
      async commit({ removeRereads = [], ...commit }) {
        const result = await right.commit(commit);
        for (const { bindingId, identity } of removeRereads) {
          const entries = await right.rereads(bindingId, { after: 0, limit: 1000 });
          const held = entries.filter(({ ref }) => refIdentity(ref) === identity);
          const found = held.map(({ sequence }) => ({ bindingId, identity, sequence }));
          await right.commit({ removeRereads: found });
        }
        return result;
      },
    }),
  },
  {
    mistake: 'forgets where a reread came from when it is put again',
    found: 'keeps the ref that its issue came from',
    overrides: (right) => ({
      async commit(commit) {
        for (const { bindingId, ref } of commit.putRereads ?? []) {
          const entries = await right.rereads(bindingId, { after: 0, limit: 1000 });
          const identity = refIdentity(ref);
          const held = entries.filter((entry) => refIdentity(entry.ref) === identity);
          const removeRereads = held.map(({ sequence }) => ({ bindingId, identity, sequence }));
          await right.commit({ removeRereads });
        }
        return right.commit(commit);
      },
    }),
  },
  {
    mistake: 'takes no records for all records',
    found: 'conflicts are asked for',
    overrides: (right) => ({
      conflicts({ recordIds, ...query }) {
        return right.conflicts(recordIds && recordIds.length > 0 ? { ...query, recordIds } : query);
      },
    }),
  },
  {
    mistake: 'adds people to those it has',
    found: 'people are replaced',
    overrides: (right) => ({
      async commit({ people, ...commit }) {
        const all = people && { people: [...(await right.people()), ...people] };
        return right.commit({ ...commit, ...all });
      },
    }),
  },
  {
    mistake: 'tells its log oldest first',
    found: 'newest first',
    overrides: (right) => ({ runs: async (query) => (await right.runs(query)).reverse() }),
  },
  {
    mistake: 'passes over entries of other bindings',
    found: 'read to their end',
    overrides: (right) => ({
      async overrides({ bindingId, limit = 100, skip = 0 }) {
        const page = await right.overrides({ limit: limit + skip, skip });
        return page.filter((row) => bindingId === undefined || row.bindingId === bindingId).slice(0, limit);
      },
    }),
  },
  {
    mistake: 'shares what it holds',
    found: 'answers are copies',
    overrides(right) {
      const held = new Map<string, Awaited<ReturnType<MemoryBackend['load']>>[number]>();
      return {
        async load(ids) {
          const found = await right.load(ids);
          return found.map((record) => {
            const key = `${record?.id} ${record?.stamp}`;
            if (!held.has(key)) held.set(key, record);
            return held.get(key);
          });
        },
      };
    },
  },
  {
    mistake: 'lists tombstones among the living',
    found: 'meet all that is asked',
    overrides: (right) => ({
      async query(query, page) {
        const both = [await right.query(query, page), await right.query({ ...query, deleted: true }, page)];
        return both.flat().sort((a, b) => a.id - b.id);
      },
    }),
  },
];
