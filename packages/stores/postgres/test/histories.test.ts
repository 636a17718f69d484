import { MemoryBackend, type RecordWrite, recordWrite, type StoreBackend } from '@spec-kitty/tracker-core';
import { describe, expect, test } from 'vitest';
import { conflict, content, identity, issue, openStore, servers, TARGET } from './support.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'draft:f', 'draft:g'];

/** A number below `bound`, from a seed. */
type Dice = (bound: number) => number;

function dice(seed: number): Dice {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

async function randomWrite(roll: Dice, backend: StoreBackend): Promise<RecordWrite> {
  const name = (): string => NAMES[roll(NAMES.length)] ?? 'a';
  const [first, second, alias] = [name(), name(), name()];
  const of = content(issue(first, { title: `Title ${roll(9)}`, labels: roll(2) ? ['bug'] : [] }));
  const other = { ref: issue(second).ref, target: roll(2) ? 'other' : TARGET, seen: `seen ${roll(3)}` };
  const record = {
    ...of,
    agreements: roll(3) || first === second ? of.agreements : [...of.agreements, other],
    aliases: roll(3) || alias === first || alias === second ? {} : { [identity(alias)]: identity(first) },
    ...(roll(6) ? {} : { deleted: { at: '2026-01-01T00:00:00.000Z', by: 'local' as const } }),
  };
  const id = 1 + roll(8);
  const [held] = await backend.load([id]);
  return recordWrite(record, held && roll(4) ? { id, stamp: held.stamp - (roll(8) ? 0 : 1) } : undefined);
}

async function step(roll: Dice, backend: StoreBackend): Promise<unknown> {
  const [removed] = roll(4) ? [] : await backend.load([1 + roll(8)]);
  const records = [await randomWrite(roll, backend)];
  if (roll(3) === 0) records.push(await randomWrite(roll, backend));
  const ids = records.map(({ id }) => id);
  const reread = { bindingId: 'b1', ref: issue(NAMES[roll(3)] ?? 'a').ref, reason: 'event' as const };
  const conflicting = roll(4);
  const status = roll(2) ? ('open' as const) : ('resolved' as const);
  return backend.commit({
    records: ids[0] === ids[1] ? records.slice(0, 1) : records,
    ...(removed && !ids.includes(removed.id)
      ? { removeRecords: [{ id: removed.id, stamp: removed.stamp }] }
      : {}),
    ...(roll(3) ? {} : { putRereads: [reread] }),
    ...(roll(3) ? {} : { removeRereads: [{ bindingId: 'b1', identity: identity('a'), sequence: roll(40) }] }),
    ...(roll(3) ? {} : { putConflicts: [conflict(`c${conflicting}`, { status, recordId: conflicting })] }),
  });
}

async function view(roll: Dice, backend: StoreBackend): Promise<unknown> {
  const after = roll(8);
  return [
    await backend.lookup(NAMES.map(identity)),
    await backend.load(Array.from({ length: 30 }, (_, i) => i)),
    await backend.query(roll(2) ? {} : { deleted: true }, { after, limit: 3 }),
    await backend.query({ pending: roll(2) === 0, system: 'memory' }, { after, limit: 3 }),
    await backend.pending([TARGET, 'other'], { after, limit: 3 }),
    await backend.refs(roll(2) ? TARGET : 'other', { after: roll(2) ? '' : identity('b'), limit: 3 }),
    await backend.changed(roll(40), 4),
    await backend.rereads('b1', { after: roll(40), limit: 2 }),
    await backend.conflicts(roll(2) ? { status: 'open' } : { recordIds: [1, 2, 3] }),
  ];
}

describe.for(servers())('$name', { timeout: 60_000 }, (server) => {
  test.for([1, 2, 3, 4, 5, 6])(
    'random histories answer as the store in memory does (seed %i)',
    { timeout: 60_000 },
    async (seed) => {
      const { backend, clock, schema } = openStore(server);
      const { backend: second } = openStore({ ...server, pool: server.secondPool }, { schema });
      const model = new MemoryBackend(clock);
      const [ours, theirs] = [dice(seed), dice(seed)];
      for (let i = 0; i < 120; i++) {
        // Every other step comes from a second pool.
        const writer = i % 2 === 0 ? backend : second;
        const reader = i % 3 === 0 ? backend : second;
        expect(await step(ours, writer)).toEqual(await step(theirs, model));
        expect(await view(ours, reader)).toEqual(await view(theirs, model));
      }
    },
  );
});
