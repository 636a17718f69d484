import { recordWrite } from '@spec-kitty/tracker-core';
import { check, equal } from '../support/check.ts';
import type { StoreCase } from './case.ts';
import { agreed, contentOf, identityOf, issueOf, pendingWrite, TARGET } from './world.ts';

const BATCH = 500;

export const manyCases: StoreCase[] = [
  {
    name: 'of many records, each is found and just the changed ones are pending',
    async run(world) {
      const { backend, records } = world;
      // Ids are padded, so that their order is the order of creation.
      const name = (n: number): string => String(n).padStart(7, '0');
      const isPending = (n: number): boolean => n % 97 === 0;
      for (let from = 0; from < records; from += BATCH) {
        const count = Math.min(BATCH, records - from);
        const writes = Array.from({ length: count }, (_, i) => {
          const id = name(from + i);
          return isPending(from + i) ? pendingWrite(id) : agreed(id);
        });
        await world.commit({ records: writes });
      }
      const all = Array.from({ length: records }, (_, n) => identityOf(name(n)));
      equal(await world.refs(TARGET, 1000), all, 'refs');
      const wanted = Array.from({ length: records }, (_, n) => n).filter(isPending);
      const pending: number[] = await world.pending([TARGET], 100);
      const found = await backend.lookup(wanted.map((n) => identityOf(name(n))));
      equal(
        pending,
        found.map((entry) => entry?.recordId),
        'pending records',
      );
      const middle = name(Math.floor(records / 2));
      const record = await world.record(middle);
      await world.commit({
        records: [recordWrite(contentOf(issueOf(middle, { title: 'Changed' })), record)],
      });
      equal((await world.record(middle)).issue.title, 'Changed', 'a record in the middle');
      let sequence = 0;
      let changes = 0;
      for (;;) {
        const page = await backend.changed(sequence, 1000);
        changes += page.ids.length;
        if (page.ids.length === 0) break;
        check(page.sequence > sequence, 'a page of changes does not go on after the one before');
        sequence = page.sequence;
      }
      equal(changes, records, 'changes');
    },
  },
];
