import type { Commit, StoreBackend } from '@spec-kitty/tracker-core';
import type { WrapBackend } from '../../../src/simulation/world.ts';

/** A backend that does everything as it should but for what is given. */
function but(backend: StoreBackend, broken: Partial<StoreBackend>): StoreBackend {
  return new Proxy(backend, {
    get: (target, name: keyof StoreBackend) => {
      const method: unknown = broken[name] ?? target[name];
      return typeof method === 'function' ? method.bind(target) : method;
    },
  });
}

const withCommit =
  (change: (commit: Commit) => Commit): WrapBackend =>
  (backend) =>
    but(backend, { commit: (commit) => backend.commit(change(commit)) });

/** Stores that break one promise each. */
export const WRAPS = {
  intentsNotRecorded: withCommit(({ putIntents: _dropped, ...rest }) => rest),
  fenceNotChecked: withCommit(({ lease: _dropped, ...rest }) => rest),
  overridesNotRecorded: withCommit(({ overrides: _dropped, ...rest }) => rest),
  rereadsNotKept: withCommit(({ putRereads: _dropped, ...rest }) => rest),
  stampsNotChecked: (backend) =>
    but(backend, {
      async commit(commit) {
        const ids = commit.records?.flatMap(({ id }) => id ?? []) ?? [];
        const now = new Map(
          (await backend.load(ids)).flatMap((record) => (record ? [[record.id, record.stamp]] : [])),
        );
        const records = commit.records?.map((write) => {
          const stamp = write.id === undefined ? undefined : now.get(write.id);
          return stamp === undefined ? write : { ...write, stamp };
        });
        return backend.commit(records ? { ...commit, records } : commit);
      },
    }),
  cursorOutsideTransaction: (backend, pause) =>
    but(backend, {
      async commit(commit) {
        const { binding, ...rest } = commit;
        if (!binding) return backend.commit(commit);
        await backend.commit({ binding, ...(commit.lease ? { lease: commit.lease } : {}) });
        await pause();
        return backend.commit(rest);
      },
    }),
  leaseIgnored: (backend) =>
    but(backend, {
      acquireLease: async () => ({ fence: 1 }),
      releaseLease: async () => {},
      commit: ({ lease: _ignored, ...rest }) => backend.commit(rest),
    }),
} satisfies Record<string, WrapBackend>;
