import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readExport } from '@spec-kitty/tracker-beads';
import {
  type CanonicalIssue,
  type ExternalRef,
  type JsonValue,
  refIdentity,
  type StoredRecord,
  type SyncResult,
} from '@spec-kitty/tracker-core';
import { InMemoryConnector } from '@spec-kitty/tracker-memory';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { expect, it } from 'vitest';
import { makeWorkbench, removeWorkbench, type Workbench } from './test-io.ts';

/*
 * The way of real issues through the whole command line: a Beads export into SQLite, out again, and 500 of them on to
 * a second tracker, edited on both sides.
 */
const REPOSITORY = resolve(import.meta.dirname, '../../..');
const DATA = process.env['TRACKER_DATA'] ?? join(REPOSITORY, '../shared/data');
const EXPORT_FILE = join(DATA, 'beads/beads-5722.jsonl');
const ROWS = 5722;
const ENROLLED = 500;
const EDITED = 40;
const MISSING =
  'beads-5722.jsonl is neither in ../shared/data/beads beside the repository nor in $TRACKER_DATA/beads';

type Row = Record<string, JsonValue>;
interface Run {
  result: SyncResult;
  rows?: Record<string, number>;
}

const say = (text: string): void => void process.stderr.write(`real data: ${text}\n`);

/** Our own reading of the export, apart from the connector. */
async function readRows(): Promise<Row[]> {
  const lines = (await readFile(EXPORT_FILE, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Row);
}

async function runs(bench: Workbench, args: string[], code = 0): Promise<Run[]> {
  const answer = await bench.cli([...args, '--json']);
  expect([answer.code, answer.stderr.includes('error')]).toEqual([code, false]);
  return (JSON.parse(answer.stdout) as { runs: Run[] }).runs;
}

async function runOf(bench: Workbench, args: string[]): Promise<Run> {
  const [first] = await runs(bench, args);
  if (!first) throw new Error('no run');
  return first;
}

async function exported(bench: Workbench): Promise<CanonicalIssue[]> {
  const { stdout } = await bench.cli(['export']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CanonicalIssue);
}

/** Every record as it is stored, agreements and revisions included. */
async function stored(bench: Workbench): Promise<StoredRecord[]> {
  await using store = openSqliteStore(bench.path('store.sqlite'));
  const records: StoredRecord[] = [];
  for (const deleted of [false, true]) {
    for (let after = 0; ; ) {
      const page = await store.backend.query({ deleted }, { after, limit: 500 });
      records.push(...page);
      const last = page.at(-1);
      if (!last) break;
      after = last.id;
    }
  }
  return records;
}

const instant = (time: JsonValue | undefined): number => new Date(String(time)).getTime();
const targetsOf = (issue: CanonicalIssue): string[] => issue.links.map(({ target }) => target.id);
const STATUS: Record<string, string> = {
  open: 'todo',
  closed: 'done',
  in_progress: 'in_progress',
  blocked: 'blocked',
};
const PLACED = [
  'id',
  'title',
  'description',
  'status',
  'priority',
  'issue_type',
  'assignee',
  'labels',
  'created_at',
  'updated_at',
  'dependencies',
];

/** Everything of a row, found in the exported issue. */
function expectWhole(row: Row, issue: CanonicalIssue): void {
  const custom = issue.customFields;
  expect(issue.title).toBe(row['title']);
  expect(issue.body ?? '').toBe(row['description'] ?? '');
  expect(issue.priority).toBe(row['priority'] ?? null);
  expect(issue.assignees).toEqual(row['assignee'] ? [row['assignee']] : []);
  expect([...issue.labels].sort()).toEqual([...new Set((row['labels'] ?? []) as string[])].sort());
  expect(instant(issue.createdAt)).toBe(instant(row['created_at']));
  expect(instant(issue.updatedAt)).toBe(instant(row['updated_at']));
  // A word that has no canonical one of its own is kept beside the nearest.
  if (issue.status !== STATUS[String(row['status'])]) expect(custom['beads.status']).toBe(row['status']);
  if (issue.issueType !== row['issue_type']) expect(custom['beads.type']).toBe(row['issue_type']);
  const kept = JSON.stringify(custom['beads.dependencies'] ?? []);
  for (const edge of (row['dependencies'] ?? []) as Row[]) {
    const target = String(edge['depends_on_id']);
    const found = issue.parent?.id === target || targetsOf(issue).includes(target) || kept.includes(target);
    expect(found, `${issue.ref.id} lost its edge to ${target}`).toBe(true);
  }
  for (const [name, value] of Object.entries(row)) {
    if (!PLACED.includes(name))
      expect(custom[`beads.${name}`], `${issue.ref.id} lost ${name}`).toEqual(value);
  }
}

async function listed(tracker: InMemoryConnector): Promise<CanonicalIssue[]> {
  const { items, nextCursor } = await tracker.listIssues({ limit: 1000 });
  expect(nextCursor).toBeUndefined();
  return items;
}

const pulledAndPushed = ({ stats }: SyncResult): number => {
  const { unchanged: _unchanged, stale: _stale, ...work } = stats;
  return Object.values(work).reduce((sum, count) => sum + count, 0);
};

it('real issues come in whole, go out whole, and meet a second tracker', { timeout: 180_000 }, async ({
  skip,
}) => {
  if (!existsSync(EXPORT_FILE)) say(`skipped: ${MISSING}`);
  skip(!existsSync(EXPORT_FILE), MISSING);
  const bench = await makeWorkbench();
  try {
    await bench.configure({
      store: { path: 'store.sqlite' },
      bindings: {
        beads: { connector: 'beads', options: { exportFile: EXPORT_FILE } },
        second: {
          connector: 'memory',
          options: { file: 'second.json', workspace: 'second' },
          strategy: 'manual_review',
        },
      },
    });
    const rows = await readRows();
    expect(rows).toHaveLength(ROWS);
    const tombstones = rows.filter(({ status }) => status === 'tombstone');
    const live = rows.filter(({ status }) => status !== 'tombstone');

    // Every row is accounted for.
    let started = performance.now();
    const first = await runOf(bench, ['pull', 'beads']);
    const seconds = (performance.now() - started) / 1000;
    const { lines, unreadable: _part, ...kinds } = first.rows ?? {};
    expect(Object.values(kinds).reduce((sum, count) => sum + count, 0)).toBe(lines);
    expect(lines).toBe(ROWS);
    expect(first.result.failures).toHaveLength(kinds['failures'] ?? -1);
    expect(first.result.stats.pulledCreated).toBe(kinds['issues']);
    expect(kinds).toMatchObject({
      issues: new Set(live.map(({ id }) => id)).size,
      tombstones: tombstones.length,
    });
    say(
      `pull: ${lines} rows = ${Object.entries(kinds)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(' + ')}, in ${seconds.toFixed(1)} s`,
    );

    const numbers: number[] = [];
    for await (const { line } of readExport(EXPORT_FILE)) numbers.push(line);
    expect(numbers).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1));

    // A second pull writes nothing.
    const before = await stored(bench);
    started = performance.now();
    const second = await runOf(bench, ['pull', 'beads']);
    expect(pulledAndPushed(second.result)).toBe(0);
    expect(second.result.stats.unchanged).toBe(first.result.stats.pulledCreated);
    expect(await stored(bench)).toEqual(before);
    say(
      `second pull: ${second.result.stats.unchanged} unchanged, nothing written, in ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );

    // No field is lost that the canonical model can hold.
    const issues = await exported(bench);
    const byId = new Map(issues.map((issue) => [issue.ref.id, issue]));
    expect(byId.size).toBe(kinds['issues']);
    for (const row of live) {
      const issue = byId.get(String(row['id']));
      if (issue) expectWhole(row, issue);
      else throw new Error(`${row['id']} is not exported`);
    }
    expect(tombstones.filter(({ id }) => byId.has(String(id)))).toEqual([]);
    say(`export: ${issues.length} issues, every field of ${live.length} rows found again`);

    await secondTracker(bench);
  } finally {
    await removeWorkbench(bench);
  }
});

async function secondTracker(bench: Workbench): Promise<void> {
  const enrolment = await bench.json<{ enrolled: ExternalRef[] }>([
    'enrol',
    'second',
    '--from',
    'beads',
    '--limit',
    String(ENROLLED),
  ]);
  expect(enrolment.enrolled).toHaveLength(ENROLLED);
  let started = performance.now();
  const { result } = await runOf(bench, ['sync', 'second']);
  expect(result.failures).toEqual([]);
  expect(result.stats.pushedCreated).toBe(ENROLLED);
  say(`second tracker: ${ENROLLED} created in ${((performance.now() - started) / 1000).toFixed(1)} s`);

  await using tracker = new InMemoryConnector(
    { file: bench.path('second.json'), workspace: 'second' },
    {},
    undefined,
    { account: 'person' },
  );
  const there = await listed(tracker);
  expect(there).toHaveLength(ENROLLED);
  const counts = await expectTranslated(bench, there);
  say(
    `second tracker: ${counts.parents} parents and ${counts.links} links translated, ${counts.elsewhere} wait for issues that are not there`,
  );

  // Both sides edit, different issues and different fields of the same ones.
  const { enrolled } = enrolment;
  for (const ref of enrolled.slice(0, EDITED)) {
    const edit = await bench.cli(['issues', 'edit', refIdentity(ref), '--title', `${ref.id}, edited here`]);
    expect(edit.code).toBe(0);
  }
  const edited = there.slice(EDITED / 2, EDITED + EDITED / 2);
  for (const { ref, labels } of edited)
    await tracker.updateIssue(ref, { labels: [...labels, 'edited-there'] });
  started = performance.now();
  const merged = (await runOf(bench, ['sync', 'second'])).result;
  expect([merged.failures, merged.openConflicts]).toEqual([[], 0]);
  const now = await listed(tracker);
  expect(now.filter(({ title }) => title.endsWith(', edited here'))).toHaveLength(EDITED);
  const here = (await exported(bench)).filter(({ labels }) => labels.includes('edited-there'));
  expect(here).toHaveLength(edited.length);
  say(
    `edits: ${EDITED} here and ${edited.length} there, synced in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );

  // Another sync writes nothing on either side.
  const [file, records] = [await readFile(bench.path('second.json'), 'utf8'), await stored(bench)];
  const quiet = (await runs(bench, ['sync'])).map((run) => run.result);
  expect(quiet.map(pulledAndPushed)).toEqual([0, 0]);
  expect(await readFile(bench.path('second.json'), 'utf8')).toBe(file);
  expect(await stored(bench)).toEqual(records);
  say('another sync of both: nothing written on either side');
}

/** What an issue holds at the first tracker, it holds at the second, with links and parents in that tracker's own refs. */
async function expectTranslated(
  bench: Workbench,
  there: readonly CanonicalIssue[],
): Promise<{ parents: number; links: number; elsewhere: number }> {
  await using store = openSqliteStore(bench.path('store.sqlite'));
  const counterpart = new Map<string, { beads: string; second: CanonicalIssue }>();
  for (const issue of there) {
    const beads = (await store.refsOf(issue.ref)).find(({ system }) => system === 'beads');
    if (!beads) throw new Error(`${issue.ref.key} is linked to nothing`);
    counterpart.set(beads.id, { beads: beads.id, second: issue });
  }
  expect(counterpart.size).toBe(there.length);
  const [counts, parents] = [{ parents: 0, links: 0, elsewhere: 0 }, new Set<string>()];
  for (const { beads, second } of counterpart.values()) {
    const original = await store.getIssue({ system: 'beads', workspace: 'beads', id: beads });
    if (!original) throw new Error(`${beads} is not in the store`);
    expect(second).toMatchObject({
      title: original.title,
      body: original.body,
      status: original.status,
      issueType: original.issueType,
      priority: original.priority,
      customFields: original.customFields,
    });
    expect([...second.labels].sort()).toEqual([...original.labels].sort());
    const parent = original.parent && counterpart.get(original.parent.id);
    expect(second.parent?.id ?? null).toBe(parent ? parent.second.ref.id : null);
    if (parent) parents.add(beads);
    else if (original.parent) counts.elsewhere += 1;
    for (const { type, target } of original.links) {
      if (target.system !== 'beads') continue;
      const other = counterpart.get(target.id);
      if (!other) counts.elsewhere += 1;
      else {
        counts.links += 1;
        const found = second.links.some(
          (link) => link.type === type && link.target.id === other.second.ref.id,
        );
        expect(found, `${beads} ${type} ${target.id} is not at the second tracker`).toBe(true);
      }
    }
  }
  return { ...counts, parents: parents.size };
}
