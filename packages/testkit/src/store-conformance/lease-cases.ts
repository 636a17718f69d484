import { check, equal, refusal } from '../support/check.ts';
import type { StoreCase } from './case.ts';
import { agreed, BUSY } from './world.ts';

const TTL = 60_000;

export const leaseCases: StoreCase[] = [
  {
    name: 'a lease is held by one owner, who may extend it',
    async run({ backend, clock }) {
      const { fence } = await backend.acquireLease('b1', 'ada', TTL);
      await refusal(() => backend.acquireLease('b1', 'grace', TTL), 'a lease that is held', BUSY);
      clock.advance(TTL - 1);
      equal(await backend.acquireLease('b1', 'ada', TTL), { fence }, 'the lease extended');
      clock.advance(TTL - 1);
      await refusal(() => backend.acquireLease('b1', 'grace', TTL), 'a lease that was extended', BUSY);
    },
  },
  {
    name: 'bindings have leases of their own',
    async run({ backend }) {
      await backend.acquireLease('b1', 'ada', TTL);
      await backend.acquireLease('b2', 'grace', TTL);
      await refusal(() => backend.acquireLease('b2', 'ada', TTL), 'a lease that is held', BUSY);
    },
  },
  {
    name: 'a lease ends with its time, and the next fence is greater',
    async run({ backend, clock }) {
      const { fence } = await backend.acquireLease('b1', 'ada', TTL);
      clock.advance(TTL);
      const next = await backend.acquireLease('b1', 'grace', TTL);
      check(next.fence > fence, 'the fence did not grow with a new owner');
      await refusal(() => backend.acquireLease('b1', 'ada', TTL), 'the lease for its former owner', BUSY);
    },
  },
  {
    name: 'a lease that was given back is free, and its fence never comes again',
    async run({ backend }) {
      const fences: number[] = [];
      for (const owner of ['ada', 'ada', 'grace']) {
        const { fence } = await backend.acquireLease('b1', owner, TTL);
        fences.push(fence);
        await backend.releaseLease('b1', fence);
      }
      equal(new Set(fences).size, 3, 'fences');
      equal(
        fences,
        [...fences].sort((a, b) => a - b),
        'the order of fences',
      );
    },
  },
  {
    name: 'a lease is given back by its fence alone',
    async run({ backend, clock }) {
      const { fence } = await backend.acquireLease('b1', 'ada', TTL);
      clock.advance(TTL);
      await backend.acquireLease('b1', 'grace', TTL);
      await backend.releaseLease('b1', fence);
      await backend.releaseLease('b1', fence + 1000);
      await backend.releaseLease('unknown', 1);
      await refusal(() => backend.acquireLease('b1', 'ada', TTL), 'a lease that is held', BUSY);
    },
  },
  {
    name: 'a commit under a lease that was lost writes nothing',
    async run(world) {
      const { backend, clock } = world;
      const { fence } = await backend.acquireLease('b1', 'ada', TTL);
      await world.commit({ lease: { bindingId: 'b1', fence }, records: [agreed('a')] });
      const lost = (id: string, lease: { bindingId: string; fence: number }): Promise<unknown> =>
        refusal(() => backend.commit({ lease, records: [agreed(id)] }), 'a commit without the lease', BUSY);
      await lost('other-binding', { bindingId: 'b2', fence });
      await lost('other-fence', { bindingId: 'b1', fence: fence + 1 });
      clock.advance(TTL);
      await lost('expired', { bindingId: 'b1', fence });
      const next = await backend.acquireLease('b1', 'grace', TTL);
      await lost('taken-over', { bindingId: 'b1', fence });
      await backend.releaseLease('b1', next.fence);
      await lost('given-back', { bindingId: 'b1', fence: next.fence });
      equal(await world.refs(), ['first:w:a'], 'the records written');
    },
  },
];
