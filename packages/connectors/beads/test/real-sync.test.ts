import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type CanonicalIssue,
  CORE_ISSUE_FIELDS,
  type ExternalRef,
  InMemoryIssueStore,
  type JsonObject,
  JsonObjectSchema,
  OwnershipPolicy,
  SyncEngine,
} from '@spec-kitty/tracker-core';
import { expect, test } from 'vitest';
import { kinds } from './support/databases.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');
const DATA = process.env['TRACKER_DATA'] ?? join(REPOSITORY, '../shared/data');
const INFRASTRUCTURE = ['agent', 'role', 'message'];
const FILE = join(DATA, 'beads/beads-5722.jsonl');
const reals = kinds.filter(({ isReal }) => isReal);
const missing = existsSync(FILE)
  ? 'TRACKER_BD names no real bd'
  : 'beads-5722.jsonl is neither in ../shared/data/beads beside the repository nor in $TRACKER_DATA/beads';
const isRunnable = existsSync(FILE) && reals.length > 0;
if (!isRunnable) process.stderr.write(`skipped: a sync of a real export through a real bd: ${missing}\n`);

// Custom fields tell what canonical words leave out, which an edit here changes there.
const FIELDS = CORE_ISSUE_FIELDS.filter((name) => name !== 'customFields');

/** Sets in one order. */
function fieldsOf(issue: CanonicalIssue): unknown {
  const idOf = (ref: ExternalRef | null): string | undefined => ref?.id;
  return FIELDS.map((name) => {
    if (name === 'labels' || name === 'assignees') return [...issue[name]].sort();
    if (name === 'links') return issue.links.map(({ type, target }) => `${type} ${target.id}`).sort();
    return name === 'parent' ? idOf(issue.parent) : issue[name];
  });
}

// Where there is none, the one that is skipped stands for it.
test.skipIf(!isRunnable).each(reals.length > 0 ? reals : kinds.slice(0, 1))(
  'a real export goes through $name and both ways',
  { timeout: 600_000 },
  async ({ open, name }) => {
    // Left out: rows of other prefixes, which 0.47 refuses all together, and tombstones, which have nothing to edit.
    // Two rows of one content are told apart as the connector does it.
    const exported = readFileSync(FILE, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JsonObjectSchema.parse(JSON.parse(line)))
      .filter(({ id, status }) => /^bd-[a-z0-9]+(\.\d+)*$/.test(String(id)) && status !== 'tombstone')
      .map((row): JsonObject => ({ ...row, source_system: String(row['id']) }));
    using held = open({}, 'bd');
    // 1.x takes no type that it was not told of, and counts some as no issues: they are not in its export.
    const is1 = !/"version": *"0/.test(held.bd(['version', '--json']));
    const rows = exported.filter((row) => !is1 || !INFRASTRUCTURE.includes(String(row['issue_type'])));
    if (is1)
      held.bd(['config', 'set', 'types.custom', [...new Set(rows.map((row) => row['issue_type']))].join()]);
    held.importRows(rows);
    const store = new InMemoryIssueStore();
    const policy = OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' });
    const sync = () =>
      new SyncEngine({ connector: held.connector, store, policy, sleep: async () => {} }).sync();
    const listed = async (): Promise<Map<string, CanonicalIssue>> => {
      const all = new Map<string, CanonicalIssue>();
      let cursor: string | undefined;
      do {
        const page = await held.connector.listIssues({
          limit: 1000,
          ...(cursor === undefined ? {} : { cursor }),
        });
        for (const issue of page.items) all.set(issue.ref.id, issue);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return all;
    };
    const compare = async (): Promise<number> => {
      const [there, here] = [await listed(), await store.listIssues()];
      expect(here.length).toBe(there.size);
      for (const issue of here) {
        const other = there.get(issue.ref.id);
        expect(other && fieldsOf(other), issue.ref.id).toEqual(fieldsOf(issue));
      }
      return here.length;
    };

    expect((await sync()).failures).toEqual([]);
    const count = await compare();
    process.stderr.write(
      `${name}: ${rows.length} rows of the export were imported, ${count} issues are held\n`,
    );
    expect(count).toBe(rows.length);

    const todo = (await store.listIssues()).filter(({ status }) => status === 'todo');
    const waits = new Set(todo.filter(({ links }) => links.some(({ type }) => type === 'blocked_by')));
    const parents = new Set(todo.map(({ parent }) => parent?.id));
    const ours = todo.slice(0, 40);
    const theirs = todo.slice(40, 60);
    for (const [index, issue] of ours.entries()) {
      const { ref, labels } = issue;
      // 1.x closes nothing that waits for an open issue or has an open child.
      const closes = index % 4 === 0 && !waits.has(issue) && !parents.has(ref.id);
      await store.editIssue(ref, {
        title: `Ours ${index}`,
        labels: [...labels.slice(1), `ours-${index % 3}`],
        ...(closes ? { status: 'done' as const } : {}),
      });
    }
    for (const [index, { ref }] of theirs.entries()) {
      if (index % 4 === 0) held.bd(['update', ref.id, `--title=Theirs ${index}`]);
      if (index % 4 === 1) held.bd(['label', 'add', ref.id, 'theirs']);
      if (index % 4 === 2) held.bd(['close', ref.id, '--force']);
      if (index % 4 === 3) held.bd(['dep', 'add', ref.id, ours[0]?.ref.id ?? '', '--type=related']);
    }
    // One issue, a field on each side: both stay.
    const [both] = ours;
    if (both) held.bd(['update', both.ref.id, '--description=Theirs too']);
    const result = await sync();
    expect(result.failures).toEqual([]);
    await sync();
    await compare();
    const now = await listed();
    expect(ours.map(({ ref }) => now.get(ref.id)?.title)).toEqual(ours.map((_, index) => `Ours ${index}`));
    if (both) expect(now.get(both.ref.id)?.body).toBe('Theirs too');
    expect(
      theirs.map(({ ref }, index) => index % 4 !== 0 || now.get(ref.id)?.title === `Theirs ${index}`),
    ).not.toContain(false);

    held.runs.length = 0;
    const quiet = await sync();
    expect([quiet.failures, quiet.stats.pushedUpdated, quiet.stats.pulledUpdated]).toEqual([[], 0, 0]);
    expect(new Set(held.runs)).toEqual(new Set(['export']));
  },
);
