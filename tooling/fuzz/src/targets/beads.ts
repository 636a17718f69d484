import { readFile, writeFile } from 'node:fs/promises';
import { BeadsConnector, type ExportRow, readExport } from '@spec-kitty/tracker-beads';
import { type CanonicalIssue, canonicalIssue, InMemoryIssueStore, type Page } from '@spec-kitty/tracker-core';
import fc from 'fast-check';
import { textOf } from '../hostile/exotic.ts';
import type { Recipe } from '../hostile/json.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { type DamagedText, damage, damagedText } from '../hostile/text.ts';
import { expectTyped, expectWords, jsonOf, outcomeOf } from '../properties/outcome.ts';
import { type FuzzTarget, target } from '../target.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { engineFor, surroundings } from '../world.ts';

const ROWS: readonly Recipe[] = [
  { id: 'bd-1', title: 'One', created_at: '2026-01-02T03:04:05Z', updated_at: '2026-01-02T03:04:05Z' },
  {
    _type: 'issue',
    id: 'bd-2',
    title: 'Two',
    description: 'words\nof it',
    status: 'in_progress',
    issue_type: 'bug',
    priority: 1,
    assignee: 'ada',
    labels: ['x', 'y'],
    dependencies: [
      { issue_id: 'bd-2', depends_on_id: 'bd-1', type: 'blocks' },
      { issue_id: 'bd-2', depends_on_id: 'bd-3', type: 'parent-child' },
      { issue_id: 'bd-2', depends_on_id: 'external:x', type: 'related' },
    ],
    parent: 'bd-3',
    created_at: '2026-01-02T03:04:05.123456+01:00',
    updated_at: '2026-01-03T03:04:05Z',
    notes: 'kept',
    metadata: { a: [1, { b: null }] },
  },
  { id: 'bd-3', title: 'Gone', status: 'tombstone', deleted_at: '2026-01-04T00:00:00Z' },
  { _schema: 'beads', version: 1 },
];

const lineOf = (value: unknown): string => JSON.stringify(value) ?? '';
const EXPORT = Buffer.from(`${ROWS.map(lineOf).join('\n')}\n`);
const good = (id: string): string =>
  lineOf({ id, title: `Title of ${id}`, updated_at: '2026-01-05T00:00:00Z' });

/** Every line of the file is one row, and the pages show each issue once. */
async function expectExport(file: string): Promise<CanonicalIssue[]> {
  const text = await readFile(file);
  const rows: ExportRow[] = [];
  for await (const row of readExport(file)) rows.push(row);
  const lines = text.length === 0 ? 0 : text.toString('latin1').replace(/\n$/, '').split('\n').length;
  if (rows.length !== lines) throw new Error(`${lines} lines gave ${rows.length} rows`);

  const connector = new BeadsConnector({ exportFile: file });
  const issues: CanonicalIssue[] = [];
  let failures = 0;
  let cursor: string | undefined;
  for (let pages = 0; ; pages++) {
    if (pages > rows.length + 2) throw new Error('the listing does not end');
    const page: Page<CanonicalIssue> = await connector.listIssues({ limit: 2, ...(cursor && { cursor }) });
    issues.push(...page.items);
    for (const { location, message } of page.failures ?? []) {
      failures += 1;
      expectWords('the message of a failure', message);
      expectWords('the place of a failure', location);
    }
    if (page.nextCursor === undefined) break;
    cursor = page.nextCursor;
  }
  const ids = new Set(issues.map(({ ref }) => ref.id));
  if (ids.size !== issues.length) throw new Error('an issue is listed twice');
  const expected = rows.filter(({ kind }) => kind === 'issue').length;
  if (expected !== issues.length) throw new Error(`${expected} rows are issues, ${issues.length} are listed`);
  if (rows.filter(({ kind }) => kind === 'failure').length !== failures)
    throw new Error('a failure is not told');
  for (const issue of issues) {
    if (jsonOf(canonicalIssue(issue, 'beads')) !== jsonOf(issue))
      throw new Error('an issue is not canonical');
    if (jsonOf(await connector.getIssue(issue.ref)) !== jsonOf(issue))
      throw new Error('an issue is read in another way than it is listed');
  }
  return issues;
}

/** What a pull of the file brings into a store is what the file lists. */
async function expectPulled(file: string, issues: readonly CanonicalIssue[]): Promise<void> {
  const world = surroundings();
  const store = new InMemoryIssueStore(world);
  const connector = new BeadsConnector({ exportFile: file });
  const result = await engineFor(connector, store, world).pull();
  jsonOf(result);
  const held = await store.listIssues();
  if (held.length !== issues.length) throw new Error(`${issues.length} issues, ${held.length} in the store`);
}

async function expectRow(recipe: Recipe): Promise<void> {
  await using folder = await temporaryFolder();
  const file = folder.file('issues.jsonl');
  await writeFile(file, `${good('bd-good')}\n${textOf(recipe)}\n${good('bd-better')}\n`);
  const issues = await expectExport(file);
  const kept = issues.filter(({ ref }) => ref.id === 'bd-good' || ref.id === 'bd-better');
  if (kept.length !== 2) throw new Error('a good line beside it is not listed');
  await expectPulled(file, issues);
}

async function expectBytes(text: DamagedText): Promise<void> {
  await using folder = await temporaryFolder();
  const file = folder.file('issues.jsonl');
  const bytes = damage(EXPORT, text);
  await writeFile(file, bytes);
  await expectPulled(file, await expectExport(file));
  if (!(await readFile(file)).equals(bytes)) throw new Error('it changed the export');
}

const CURSOR = Buffer.from(JSON.stringify(['1-2-3-4', 'listing', 0, 1]));

async function expectCursor({ text, coded }: { text: DamagedText; coded: boolean }): Promise<void> {
  await using folder = await temporaryFolder();
  const file = folder.file('issues.jsonl');
  await writeFile(file, EXPORT);
  const connector = new BeadsConnector({ exportFile: file });
  const { nextCursor = '' } = await connector.listIssues({ limit: 1 });
  const true_ = Buffer.from(nextCursor.slice(3), 'base64url');
  const valid = text.base === 0 ? CURSOR : true_;
  const cursor = coded
    ? `b1.${damage(valid, text).toString('base64url')}`
    : damage(Buffer.from(nextCursor), text).toString('latin1');
  const outcome = await outcomeOf(() => connector.listIssues({ limit: 2, cursor }));
  if (!outcome.ok) expectTyped(outcome.error);
}

/** One line of several megabytes between good ones. */
async function expectLongLine(size: number): Promise<void> {
  await using folder = await temporaryFolder();
  const file = folder.file('issues.jsonl');
  const long = lineOf({ id: 'bd-long', title: 'long', notes: 'x'.repeat(size) });
  await writeFile(file, `${good('bd-good')}\n${long}\n${good('bd-better')}`);
  const issues = await expectExport(file);
  if (issues.filter(({ ref }) => ref.id !== 'bd-long').length !== 2)
    throw new Error('a good line is not listed');
}

export const beadsTargets: readonly FuzzTarget[] = [
  target({ name: 'beads-row', runs: 200, input: mutationOf(ROWS, 'json'), check: expectRow }),
  target({ name: 'beads-bytes', runs: 200, input: damagedText(1), check: expectBytes }),
  target({
    name: 'beads-cursor',
    runs: 300,
    input: fc.record({ text: damagedText(2), coded: fc.boolean() }),
    check: expectCursor,
  }),
  target({
    name: 'beads-long-line',
    runs: 2,
    input: fc.constantFrom(10_000_000, 17_000_000),
    check: expectLongLine,
  }),
];
