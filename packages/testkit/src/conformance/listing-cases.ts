import {
  type CanonicalIssue,
  type ExternalRef,
  isTrackerError,
  refIdentity,
  shiftTimestamp,
  type TrackerContractError,
} from '@spec-kitty/tracker-core';
import { ConformanceError, check, equal, present, refusal, rejection } from '../support/check.ts';
import type { ConnectorCase } from './case.ts';
import type { World } from './world.ts';

const titles = (count: number): { title: string }[] =>
  Array.from({ length: count }, (_, i) => ({ title: `Issue number ${i + 1}` }));

function listsAll(listed: { ref: ExternalRef }[], wanted: ExternalRef[], what: string): void {
  const ids = new Set(listed.map(({ ref }) => refIdentity(ref)));
  const missing = wanted.filter((ref) => !ids.has(refIdentity(ref))).map((ref) => ref.id);
  equal(missing, [], `${what}: issues that are not listed`);
}

/** The same instant, written in another time zone. */
function inZone(timestamp: string, minutes: number): string {
  const local = new Date(Date.parse(timestamp) + minutes * 60_000).toISOString().slice(0, -1);
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const digits = (value: number): string => String(value).padStart(2, '0');
  return `${local}${minutes < 0 ? '-' : '+'}${digits(hours)}:${digits(rest)}`;
}

/**
 * A listing during which something happens. A tracker that cannot go on after that may refuse the cursor: the reader
 * begins again, and loses nothing.
 */
async function listWhile(world: World, between: (page: number) => Promise<void>): Promise<ExternalRef[]> {
  try {
    return (await world.pages({ limit: 2 }, between)).flatMap((page) => page.items.map(({ ref }) => ref));
  } catch (error) {
    const refused = isTrackerError(error) && (error as TrackerContractError).kind === 'cursor';
    if (!refused) throw error;
    return (await world.list()).map(({ ref }) => ref);
  }
}

const badCursors = ['no cursor of anybody', '-1', '{"offset":-5}', 'LTE=', '🐈', "' OR 1=1 --"];

export const listingCases: ConnectorCase[] = [
  {
    name: 'a listing of nothing is an empty page',
    async run(world) {
      const page = await world.page({ limit: 1, filters: { queryText: 'zqxjkvwyq' } });
      equal(page.items, [], 'items');
    },
  },
  ...[1, 2, 3].map((limit) => ({
    name: `pages of ${limit} show every issue once`,
    async run(world: World) {
      const refs = await world.seed(...titles(7));
      const pages = await world.pages({ limit });
      for (const { items } of pages) check(items.length <= limit, `a page of more than ${limit} issues`);
      const items = pages.flatMap((page) => page.items);
      listsAll(items, refs, `pages of ${limit}`);
      equal(new Set(items.map(({ ref }) => refIdentity(ref))).size, items.length, 'issues listed once');
    },
  })),
  {
    name: 'a page of the greatest size shows every issue',
    async run(world) {
      const refs = await world.seed(...titles(5));
      const limit = world.capabilities.limits?.pageSize ?? 100;
      const page = await world.page({ limit });
      listsAll(page.items, refs, 'the greatest page');
    },
  },
  {
    name: 'a limit that is none is refused',
    async run(world) {
      await world.seedOne();
      for (const limit of [0, -1, 1.5, Number.NaN]) {
        await rejection(() => world.connector.listIssues({ limit }), `a limit of ${limit}`);
      }
    },
  },
  {
    name: 'issues that nobody touches are listed while others change between pages',
    async run(world) {
      const refs = await world.seed(...titles(8));
      const touched: ExternalRef[] = [];
      const listed = await listWhile(world, async (page) => {
        const ref = refs[page === 1 ? 0 : 7];
        if (page > 2 || !ref) return;
        if (await world.edit(ref, { title: `Changed after page ${page}` })) touched.push(ref);
        await world.settle();
      });
      const still = refs.filter((ref) => !touched.includes(ref));
      listsAll(
        listed.map((ref) => ({ ref })),
        still,
        'with edits between pages',
      );
    },
  },
  {
    name: 'issues that nobody touches are listed while others come and go between pages',
    async run(world) {
      const refs = await world.seed(...titles(8));
      const removed: ExternalRef[] = [];
      const listed = await listWhile(world, async (page) => {
        if (page > 2) return;
        const ref = refs[page - 1];
        if (world.opened.remove && ref) {
          await world.opened.remove(ref);
          removed.push(ref);
        }
        await world.seed({ title: `Came after page ${page}` });
      });
      listsAll(
        listed.map((ref) => ({ ref })),
        refs.filter((ref) => !removed.includes(ref)),
        'with comings and goings between pages',
      );
    },
  },
  {
    name: 'a cursor that is malformed or negative is refused',
    async run(world) {
      await world.seed(...titles(3));
      for (const cursor of badCursors) {
        const call = (): Promise<unknown> => world.connector.listIssues({ limit: 1, cursor });
        const error = await refusal(call, `the cursor ${cursor}`, ['tracker_contract']);
        equal((error as TrackerContractError).kind, 'cursor', `the cursor ${cursor} is refused: kind`);
      }
    },
  },
  {
    name: 'a cursor made under other filters is refused',
    async run(world) {
      await world.seed(...titles(3));
      const { nextCursor } = await world.page({ limit: 1 });
      const cursor = present(nextCursor, 'a page of 1 of 3 issues has a cursor');
      const filters = { queryText: 'number' };
      const call = (): Promise<unknown> => world.connector.listIssues({ limit: 1, cursor, filters });
      await refusal(call, 'a cursor of another listing', ['tracker_contract']);
    },
  },
  {
    name: 'a cursor can be used again, and by another reader',
    async run(world) {
      await world.seed(...titles(4));
      const { nextCursor } = await world.page({ limit: 2 });
      const cursor = present(nextCursor, 'a page of 2 of 4 issues has a cursor');
      const once = await world.page({ limit: 2, cursor });
      const again = await world.page({ limit: 2, cursor: `${cursor}` });
      equal(again, once, 'the same page under the same cursor');
    },
  },
  {
    name: 'updatedSince is inclusive, in every time zone',
    async run(world) {
      const refs = await world.seed(...titles(3));
      for (const ref of refs) {
        const { updatedAt } = await world.get(ref);
        if (updatedAt === null) continue;
        let inUtc: string[] = [];
        for (const minutes of [0, 330, -300, 180, 840]) {
          const updatedSince = minutes === 0 ? updatedAt : inZone(updatedAt, minutes);
          const listed = await world.list({ updatedSince });
          listsAll(listed, [ref], `updatedSince ${updatedSince}`);
          const ids = listed.map((issue) => issue.ref.id).sort();
          if (minutes === 0) inUtc = ids;
          else equal(ids, inUtc, `what updatedSince ${updatedSince} lists, which is ${updatedAt}`);
        }
      }
    },
  },
  {
    name: 'updatedSince long ago lists everything, and a later one what changed since',
    async run(world) {
      const refs = await world.seed(...titles(3));
      const past = ['1970-01-01T00:00:00.000Z', '1999-12-31T23:59:59.999Z'];
      for (const updatedSince of past) listsAll(await world.list({ updatedSince }), refs, updatedSince);
      const ref = present(refs[0], 'a seed');
      const before = (await world.get(ref)).updatedAt;
      await world.opened.advance?.(60_000);
      if (!(await world.edit(ref, { title: 'Changed later' }))) return;
      await world.settle();
      const after = await world.get(ref);
      equal(after.title, 'Changed later', 'the title after an edit');
      if (after.updatedAt === null || before === null) return;
      if (world.capabilities.timesMayGoBackwards !== true) {
        check(after.updatedAt >= before, 'updatedAt went backwards, which the manifest does not say');
      }
      const since = await world.list({ updatedSince: after.updatedAt });
      listsAll(since, [ref], 'since the time of the edit');
      const listed = since.find((issue) => refIdentity(issue.ref) === refIdentity(ref));
      equal(listed?.title, 'Changed later', 'the listed title');
      // That nothing older is listed is no promise: a tracker whose times tell too little lists everything.
      await world.page({ limit: 1, updatedSince: shiftTimestamp(after.updatedAt, 86_400_000) });
    },
  },
  {
    name: 'a listing gives the same as getIssue',
    async run(world) {
      const refs = await world.seed({ title: 'Complete', body: 'A body', labels: ['x'] });
      for (const ref of refs) {
        const listed = (await world.list()).find((issue) => refIdentity(issue.ref) === refIdentity(ref));
        if (!listed) throw new ConformanceError('the issue is not listed');
        const told = ({ ...issue }: CanonicalIssue): Partial<CanonicalIssue> => {
          for (const field of world.capabilities.unlistedFields ?? []) Reflect.deleteProperty(issue, field);
          return issue;
        };
        equal(told(listed), told(await world.get(ref)), 'the issue as listed');
      }
    },
  },
  {
    name: 'oldest_first is the order of updatedAt',
    when: (capabilities) => capabilities.ordering === 'oldest_first',
    async run(world) {
      const refs = await world.seed(...titles(4));
      await world.opened.advance?.(60_000);
      const first = present(refs[0], 'a seed');
      if (await world.edit(first, { title: 'Touched last' })) await world.settle();
      const times = (await world.pages({ limit: 2 })).flatMap(({ items }) => items.map((i) => i.updatedAt));
      equal(times, [...times].sort(), 'the order of updatedAt');
    },
  },
];
