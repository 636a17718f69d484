import { expect, test } from 'vitest';
import { failure, openBackend, write } from './support.ts';

const MINUTE = 60_000;

test('a lease belongs to one owner until it is given back, and each owner gets a greater fence', async () => {
  const { backend } = openBackend();
  const first = await backend.acquireLease('b1', 'ann', MINUTE);
  expect(await failure(() => backend.acquireLease('b1', 'bob', MINUTE))).toMatchObject({ code: 'sync_busy' });
  await backend.releaseLease('b1', first.fence);
  const second = await backend.acquireLease('b1', 'bob', MINUTE);
  expect(second.fence).toBeGreaterThan(first.fence);
  await backend.releaseLease('b1', second.fence);
  const third = await backend.acquireLease('b1', 'ann', MINUTE);
  expect(third.fence).toBeGreaterThan(second.fence);
});

test('its owner extends a lease and keeps the fence', async () => {
  const { backend, clock } = openBackend();
  const { fence } = await backend.acquireLease('b1', 'ann', MINUTE);
  clock.advance(MINUTE - 1);
  expect(await backend.acquireLease('b1', 'ann', MINUTE)).toEqual({ fence });
  clock.advance(MINUTE - 1);
  expect(await failure(() => backend.acquireLease('b1', 'bob', MINUTE))).toMatchObject({ code: 'sync_busy' });
  expect(await backend.commit({ lease: { bindingId: 'b1', fence }, records: [write('1')] })).toEqual({
    ok: true,
  });
});

test('a lease that ran out can be taken; what its former owner commits is refused', async () => {
  const { backend, clock } = openBackend();
  const { fence } = await backend.acquireLease('b1', 'ann', MINUTE);
  clock.advance(MINUTE);
  const lease = { bindingId: 'b1', fence };
  expect(await failure(() => backend.commit({ lease, records: [write('1')] }))).toMatchObject({
    code: 'sync_busy',
  });
  const taken = await backend.acquireLease('b1', 'bob', MINUTE);
  expect(taken.fence).toBeGreaterThan(fence);
  expect(await failure(() => backend.commit({ lease, records: [write('1')] }))).toMatchObject({
    code: 'sync_busy',
  });
  await backend.releaseLease('b1', fence);
  expect(await failure(() => backend.acquireLease('b1', 'ann', MINUTE))).toMatchObject({ code: 'sync_busy' });
  expect(await backend.changed(0, 10)).toMatchObject({ ids: [] });
});

test('an owner that let its lease run out gets a new fence', async () => {
  const { backend, clock } = openBackend();
  const { fence } = await backend.acquireLease('b1', 'ann', MINUTE);
  clock.advance(MINUTE);
  expect((await backend.acquireLease('b1', 'ann', MINUTE)).fence).toBeGreaterThan(fence);
});

test.for([
  ['of a binding that nobody holds', { bindingId: 'b2', fence: 1 }],
  ['with a fence that was not given out', { bindingId: 'b1', fence: 99 }],
] as const)('a lease %s is lost', async ([, lease]) => {
  const { backend } = openBackend();
  await backend.acquireLease('b1', 'ann', MINUTE);
  expect(await failure(() => backend.commit({ lease, people: [] }))).toMatchObject({ code: 'sync_busy' });
});

test('leases of two bindings have nothing to do with each other', async () => {
  const { backend } = openBackend();
  await backend.acquireLease('b1', 'ann', MINUTE);
  const { fence } = await backend.acquireLease('b2', 'bob', MINUTE);
  expect(await backend.commit({ lease: { bindingId: 'b2', fence }, people: [] })).toEqual({ ok: true });
});

test('a fence does not repeat over a restart', async () => {
  const { backend, path } = openBackend();
  const first = await backend.acquireLease('b1', 'ann', MINUTE);
  await backend.releaseLease('b1', first.fence);
  await backend[Symbol.asyncDispose]();
  const second = await openBackend(path).backend.acquireLease('b1', 'ann', MINUTE);
  expect(second.fence).toBeGreaterThan(first.fence);
});
