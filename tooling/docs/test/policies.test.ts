import {
  type ConflictStrategy,
  InMemoryIssueStore,
  OwnershipPolicy,
  SyncEngine,
} from '@spec-kitty/tracker-core';
import { InMemoryConnector, InMemoryTracker } from '@spec-kitty/tracker-memory';
import { expect, it } from 'vitest';
import { page, table } from './pages.ts';

const SHARED = OwnershipPolicy.split({ fieldOwners: {} });
/** The columns that are results, and how each is brought about. */
const COLUMNS: Readonly<Record<string, { policy: OwnershipPolicy; strategy: ConflictStrategy }>> = {
  '`external_authoritative`': {
    policy: OwnershipPolicy.externalAuthoritative(),
    strategy: 'external_wins',
  },
  '`spec_kitty_authoritative`': {
    policy: OwnershipPolicy.localAuthoritative(),
    strategy: 'external_wins',
  },
  'shared, `external_wins`': { policy: SHARED, strategy: 'external_wins' },
  'shared, `local_wins`': { policy: SHARED, strategy: 'local_wins' },
  'shared, `manual_review`': { policy: SHARED, strategy: 'manual_review' },
};

async function played(here: string, there: string, column: string): Promise<string> {
  const how = COLUMNS[column];
  if (!how) throw new Error(`no policy for the column ${column}`);
  let millis = Date.parse('2026-01-01T00:00:00.000Z');
  const clock = { now: () => new Date(millis).toISOString() };
  const tracker = new InMemoryTracker({ clock });
  const store = new InMemoryIssueStore({ clock });
  const connector = new InMemoryConnector({}, { clock }, tracker);
  const engine = new SyncEngine({ connector, store, clock, ...how });
  const { ref } = tracker.create({ title: 'old' });
  await engine.sync();
  millis += 60_000;
  if (here !== 'no') await store.editIssue(ref, { title: here });
  if (there !== 'no') tracker.edit(ref, { title: there });
  millis += 60_000;
  const { conflicts, overrides, openConflicts } = await engine.sync();
  const values = `${(await store.getIssue(ref))?.title}, ${(await connector.getIssue(ref)).title}`;
  if (overrides.length > 0) return `${values}; override`;
  if (openConflicts > 0) return `${values}; open conflict`;
  return conflicts.length > 0 ? `${values}; conflict` : values;
}

const rows = table(page('policies.md'), 'edited here');

it('the table of policies has its rows and columns', () => {
  expect(rows).toHaveLength(5);
  expect(Object.keys(rows[0] ?? {}).slice(2)).toEqual(Object.keys(COLUMNS));
});

it.each(
  rows.flatMap((row) =>
    Object.keys(COLUMNS).map((column) => [row['edited here'], row['edited there'], column, row[column]]),
  ),
)('edited here: %s, there: %s; %s: %s', async (here, there, column, result) => {
  expect(await played(here ?? '', there ?? '', column ?? '')).toBe(result);
});
