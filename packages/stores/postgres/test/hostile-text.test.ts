import { describe, expect, test } from 'vitest';
import { binding, conflict, identity, issue, openStore, servers, TARGET, write } from './support.ts';

const HOSTILE = [
  "'); DROP TABLE records; --",
  '\0',
  'a\0b',
  '\u0001',
  '\ud800',
  '\udfff\0',
  '\u202e',
  '$1',
  '{"a":1}',
  '\\',
  '"',
];

describe.for(servers())('$name', { timeout: 60_000 }, (server) => {
  test('what looks hostile and is data is kept to the letter', async () => {
    const { store, database } = openStore(server);
    const hostile = issue("1'); DROP TABLE records; --\0\ud800", {
      title: 'a\0b \ud800 \u202e',
      body: '\udfff'.repeat(300_000),
      labels: ["x' OR 1=1", '%_', '\0'],
      customFields: JSON.parse('{"__proto__":{"polluted":1},"constructor":null,"":0}'),
    });
    await store.upsertIssue(hostile);
    const again = database.store();
    const kept = await again.getIssue(hostile.ref);
    expect(JSON.stringify(kept)).toBe(JSON.stringify({ ...hostile, localRevision: 1 }));
    expect(await again.listIssues({ text: "OR 1=1' --" })).toEqual([]);
    expect(await again.listIssues({ labels: ["x' OR 1=1", '\0'] })).toHaveLength(1);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('ids of every kind are found by what they are, and refs come in code-unit order', async () => {
    const { backend } = openStore(server);
    const records = HOSTILE.map((id) => {
      const { refs, ...rest } = write(id);
      return { ...rest, refs: refs.map((ref) => ({ ...ref, seen: `seen ${id}` })), pending: [`t${id}`] };
    });
    await backend.commit({ records });
    const found = await backend.lookup(HOSTILE.map(identity));
    expect(found).toEqual(HOSTILE.map((id, index) => ({ recordId: index + 1, seen: `seen ${id}` })));
    const refs = await backend.refs(TARGET, { after: '', limit: 100 });
    expect(refs.map((ref) => ref.identity)).toEqual(HOSTILE.map(identity).sort());
    for (const [index, id] of HOSTILE.entries()) {
      expect(await backend.pending([`t${id}`], { after: 0, limit: 10 })).toEqual([index + 1]);
      const lease = { bindingId: id, ...(await backend.acquireLease(id, id, 60_000)) };
      const reread = { bindingId: id, ref: issue(id).ref, reason: 'event' as const };
      await backend.commit({
        lease,
        binding: binding(id),
        putConflicts: [conflict(id, { bindingId: id, field: id })],
        putRereads: [reread],
        people: [{ id, ids: { 'a:b': id } }],
      });
      expect(await backend.conflicts({ bindingId: id })).toMatchObject([{ id, field: id }]);
      expect(await backend.rereads(id, { after: 0, limit: 10 })).toMatchObject([reread]);
      expect(await backend.people()).toEqual([{ id, ids: { 'a:b': id } }]);
    }
    const bindings = await backend.bindings();
    expect(bindings.map(({ id }) => id)).toEqual([...HOSTILE].sort());
  });

  test('ids that are longer than an index takes are kept, found and told apart', async () => {
    const { backend, database } = openStore(server);
    // Not to be compressed, as long as the model allows, and equal for hundreds of characters.
    const noise = Array.from({ length: 2000 }, (_, i) =>
      String.fromCodePoint(0x4e00 + ((i * i * 7919) % 20_000)),
    ).join('');
    const ids = ['x', 'y', 'z'].map((end) => `${noise}${end}`).concat('short');
    await backend.commit({ records: ids.map((id) => ({ ...write(id), pending: [id] })) });
    expect(await backend.lookup(ids.map(identity))).toMatchObject(
      [1, 2, 3, 4].map((recordId) => ({ recordId })),
    );
    const listed: string[] = [];
    for (let after = ''; listed.length < 4; after = listed.at(-1) ?? '') {
      const page = await backend.refs(TARGET, { after, limit: 1 });
      listed.push(...page.map((ref) => ref.identity));
    }
    expect([...listed].sort()).toEqual(ids.map(identity).sort());
    expect(listed[0]).toBe(identity('short'));
    expect(await backend.pending([ids[1] ?? ''], { after: 0, limit: 10 })).toEqual([2]);
    const refused = await backend.commit({ records: ids.map((id) => write(id)) });
    expect(refused).toEqual({ ok: false, movedRecords: [], takenIdentities: ids.map(identity) });
    const [long = ''] = ids;
    await backend.acquireLease(long, 'ada', 60_000);
    await backend.commit({
      binding: binding(long),
      putConflicts: [conflict(long, { bindingId: long })],
      putRereads: [{ bindingId: long, ref: issue(long).ref, reason: 'event' }],
      removeRecords: [{ id: 1, stamp: 1 }],
    });
    expect((await database.inspect()).leases.map(({ bindingId }) => bindingId)).toEqual([long]);
    expect(await backend.conflicts({ bindingId: long, status: 'open' })).toHaveLength(1);
    expect(await backend.rereads(long, { after: 0, limit: 10 })).toHaveLength(1);
    expect(await backend.lookup([identity(long)])).toEqual([undefined]);
    expect(await backend.query({ system: 'memory', workspace: 'w' }, { after: 0, limit: 10 })).toHaveLength(
      3,
    );
  });
});
