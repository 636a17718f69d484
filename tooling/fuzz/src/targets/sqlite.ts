import { readFile, writeFile } from 'node:fs/promises';
import { canonicalIssue } from '@spec-kitty/tracker-core';
import { InMemoryConnector, InMemoryTracker } from '@spec-kitty/tracker-memory';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { realised, textOf } from '../hostile/exotic.ts';
import { hostileText, type Recipe } from '../hostile/json.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { type DamagedText, damage, damagedText } from '../hostile/text.ts';
import { expectTyped, outcomeNow, outcomeOf } from '../properties/outcome.ts';
import { ISSUES, PEOPLE, REF } from '../samples.ts';
import { type FuzzTarget, target } from '../target.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { contentOf, emptyStore, engineFor, surroundings } from '../world.ts';

/** The file of a store that has seen a sync with a conflict, a draft, people and a run log. */
async function storeFile(): Promise<Buffer> {
  await using folder = await temporaryFolder();
  const path = folder.file('store.db');
  const world = surroundings();
  const store = openSqliteStore(path, world);
  const tracker = new InMemoryTracker({ workspace: 'app', clock: world.clock });
  const connector = new InMemoryConnector({ workspace: 'app' }, { clock: world.clock }, tracker);
  const { ref } = tracker.create({ title: 'one' });
  await engineFor(connector, store, world).sync();
  await store.editIssue(ref, { title: 'here' });
  tracker.edit(ref, { title: 'there' });
  await engineFor(connector, store, world).sync();
  await store.createDraft({ system: 'memory', workspace: 'app' }, { title: 'a draft' });
  await store.setPeople(PEOPLE as never);
  await store.putEvents('memory:app:app', [
    { eventId: 'e', eventType: 'updated', issueRef: ref, timestamp: '', payload: null },
  ]);
  await store[Symbol.asyncDispose]();
  return readFile(path);
}

let made: Promise<Buffer> | undefined;
const fileOfStore = (): Promise<Buffer> => {
  made ??= storeFile();
  return made;
};

/** Reading, editing and syncing a store whose file may hold anything: done, or refused with an error of this project. */
async function expectWorks(path: string): Promise<void> {
  const world = surroundings('again');
  const opened = outcomeNow(() => openSqliteStore(path, world));
  if (!opened.ok) return expectTyped(opened.error);
  const store = opened.value;
  const tracker = new InMemoryTracker({ workspace: 'app', clock: world.clock });
  const connector = new InMemoryConnector({ workspace: 'app' }, { clock: world.clock }, tracker);
  const ref = tracker.create({ title: 'one, at the tracker' }).ref;
  const works: (() => Promise<unknown>)[] = [
    () => contentOf(store),
    () => store.listIssues({ text: 'one' }),
    () => store.listIssues({ pending: true, labels: ['x'] }),
    () => store.editIssue(ref, { title: 'edited' }),
    () => engineFor(connector, store, world).sync(),
    () => engineFor(connector, store, world).sync({ full: true }),
    async () => {
      for (const { id } of await store.listConflicts()) await store.resolveConflict(id, 'external');
    },
  ];
  try {
    for (const work of works) {
      const outcome = await outcomeOf(work);
      if (!outcome.ok) expectTyped(outcome.error);
    }
  } finally {
    const closed = await outcomeOf(() => store[Symbol.asyncDispose]());
    if (!closed.ok) expectTyped(closed.error);
  }
}

async function expectFile(text: DamagedText): Promise<void> {
  await using folder = await temporaryFolder();
  const path = folder.file('store.db');
  await writeFile(path, damage(await fileOfStore(), text));
  await expectWorks(path);
}

/** The columns that hold JSON, and what a row of them holds. */
const TEXTS = ['records', 'bindings', 'rereads', 'conflicts', 'runs', 'people'] as const;

interface DamagedRow {
  table: (typeof TEXTS)[number];
  /** As text that may be no JSON, or as other data. */
  text: DamagedText;
  value: Recipe;
  asData: boolean;
}

async function expectRow({ table, text, value, asData }: DamagedRow): Promise<void> {
  await using folder = await temporaryFolder();
  const path = folder.file('store.db');
  await writeFile(path, await fileOfStore());
  const db = new Database(path);
  const { text: before } = db.prepare(`SELECT text FROM ${table} LIMIT 1`).get() as { text: string };
  const after = asData ? textOf(value) : damage(Buffer.from(before), text).toString('utf8');
  db.prepare(`UPDATE ${table} SET text = ?`).run(after);
  db.close();
  await expectWorks(path);
}

/** Both stores keep the same of what is hostile and is data. */
async function expectSame({ issue, query }: { issue: Recipe; query: string }): Promise<void> {
  const parsed = outcomeNow(() => canonicalIssue(realised(issue)));
  if (!parsed.ok) return;
  await using folder = await temporaryFolder();
  const clock = { now: () => '2026-03-01T00:00:00.000Z' };
  const memory = emptyStore({ ...surroundings('same'), clock });
  const sqlite = openSqliteStore(folder.file('store.db'), { ...surroundings('same'), clock });
  const answers: string[] = [];
  for (const store of [memory, sqlite]) {
    await store.upsertIssue(parsed.value);
    await store.createDraft(REF, {
      title: `a draft ${query}`,
      labels: query.trim() === '' || query.length > 1024 ? [] : [query],
    });
    answers.push(
      JSON.stringify([
        await store.getIssue(parsed.value.ref),
        await store.listIssues(),
        await store.listIssues({ text: query }),
        await store.listIssues({ labels: [query] }),
        await store.listIssues({ system: query, workspace: query }),
      ]),
    );
  }
  await sqlite[Symbol.asyncDispose]();
  const [first = '', second = ''] = answers;
  if (first === second) return;
  let at = 0;
  while (first[at] === second[at]) at += 1;
  throw new Error(
    `the stores differ: ${first.slice(at - 100, at + 100)}\n${second.slice(at - 100, at + 100)}`,
  );
}

export const sqliteTargets: readonly FuzzTarget[] = [
  target({ name: 'sqlite-file', runs: 80, input: damagedText(1), check: expectFile }),
  target({
    name: 'sqlite-row',
    runs: 80,
    input: fc.record({
      table: fc.constantFrom(...TEXTS),
      text: damagedText(1),
      value: mutationOf(ISSUES, 'json'),
      asData: fc.boolean(),
    }),
    check: expectRow,
  }),
  target({
    name: 'sqlite-values',
    runs: 120,
    input: fc.record({ issue: mutationOf(ISSUES, 'json'), query: hostileText }),
    check: expectSame,
  }),
];
