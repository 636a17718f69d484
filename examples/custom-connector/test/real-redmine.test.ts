import {
  type CanonicalIssue,
  type ExternalRef,
  InMemoryIssueStore,
  OwnershipPolicy,
  SyncEngine,
} from '@spec-kitty/tracker-core';
import { connectorConformance } from '@spec-kitty/tracker-testkit';
import { describe, expect, test } from 'vitest';
import { manifest } from '../src/index.ts';
import { methodOf } from './emulator.ts';
import { redmineFacts } from './facts.ts';
import { missing, RealRedmine } from './real-redmine.ts';

const ISSUES = 500;
if (missing !== undefined)
  process.stderr.write(`skipped: conformance and a sync of a real Redmine: ${missing}\n`);

let met: Promise<RealRedmine> | undefined;
const server = (): Promise<RealRedmine> => {
  met ??= RealRedmine.meet();
  return met;
};

describe.skipIf(missing !== undefined)('a real Redmine', () => {
  connectorConformance({
    test: (name, run) => test(name, { timeout: 120_000 }, run),
    plugin: { manifest },
    async open() {
      const redmine = await server();
      const { bot, person } = redmine;
      const project = await redmine.project();
      const connector = project.connector();
      const { name: system, workspace } = connector;
      return {
        connector,
        async seed(issues) {
          const refs: ExternalRef[] = [];
          for (const issue of issues)
            refs.push({ system, workspace, id: String(await project.create(issue)) });
          return refs;
        },
        edit: ({ id }, patch) => project.edit(Number(id), patch),
        remove: ({ id }) => project.remove(Number(id)),
        values: { assignees: [String(bot.id), String(person.id)] },
        dispose: async () => {},
      };
    },
  });

  redmineFacts(async () => {
    const project = await (await server()).project();
    return {
      ...project,
      connector: project.connector(),
      withKey: (apiKey) => project.connector({}, apiKey),
      note: (id, text) => project.note(id, text, false),
      privateNote: (id, text) => project.note(id, text, true),
      [Symbol.asyncDispose]: async () => {},
    };
  }, 120_000);

  test(`${ISSUES} issues are synced in both directions`, { timeout: 600_000 }, async () => {
    const project = await (await server()).project();
    const requests: string[] = [];
    await using connector = project.connector({
      fetch: (input, init) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input);
        requests.push(`${methodOf(input, init)} ${pathname}`);
        return fetch(input, init);
      },
    });
    const { name: system, workspace, scope } = connector;
    const store = new InMemoryIssueStore();
    const policy = OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' });
    const engine = new SyncEngine({
      connector,
      store,
      policy,
      strategy: 'manual_review',
    });
    // One after another: with SQLite, a second writer is answered with an internal error.
    const ids = await inTurn(
      Array.from({ length: ISSUES }, (_, index) => index),
      (index) =>
        project.create({ title: `Issue ${index}`, body: `Body ${index}\n\n- of two lines`, priority: 2 }),
    );

    const first = await engine.sync();
    expect([first.failures, first.stats.pulledCreated]).toEqual([[], ISSUES]);
    expect(requests.filter((request) => request.startsWith('GET /issues.json'))).toHaveLength(ISSUES / 100);

    // A fifth of them is edited here, another there, some on both sides, and as many are made here.
    const [ours, theirs] = [
      ids.filter((_, index) => index % 5 === 0),
      ids.filter((_, index) => index % 5 === 1),
    ];
    const refOf = (id: number) => ({ system, workspace, id: String(id) });
    for (const id of ours)
      await store.editIssue(refOf(id), { title: `Ours ${id}`, status: 'in_progress', priority: 1 });
    await inTurn(theirs, (id) => project.edit(id, { title: `Theirs ${id}`, status: 'done' }));
    const both = ours.slice(0, 10);
    await inTurn(both, (id) => project.edit(id, { body: `Their body ${id}` }));
    const drafts = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        store.createDraft(
          { system, workspace, ...(scope === undefined ? {} : { scope }) },
          { title: `Made here ${index}`, priority: 3, status: index % 2 === 0 ? 'todo' : 'in_review' },
        ),
      ),
    );
    const second = await engine.sync();
    expect([second.failures, second.conflicts]).toEqual([[], []]);
    expect([second.stats.pushedUpdated, second.stats.pushedCreated]).toEqual([ours.length, drafts.length]);

    const here = await byId(store);
    const there = new Map(
      (await connector.getIssues([...here.values()].map(({ ref }) => ref))).map((issue) => [
        issue?.ref.id,
        issue,
      ]),
    );
    expect(here.size).toBe(ISSUES + drafts.length);
    for (const [id, { localRevision: _revision, createdAt: _made, updatedAt: _changed, ...issue }] of here)
      expect(there.get(id), id).toMatchObject(JSON.parse(JSON.stringify(issue)));
    for (const id of ours)
      expect(there.get(String(id))).toMatchObject({
        title: `Ours ${id}`,
        status: 'in_progress',
        priority: 1,
      });
    for (const id of theirs)
      expect(here.get(String(id))).toMatchObject({ title: `Theirs ${id}`, status: 'done' });
    for (const id of both) expect(here.get(String(id))?.body).toBe(`Their body ${id}`);

    requests.length = 0;
    const quiet = await engine.sync();
    const { pulledCreated, pulledUpdated, pushedCreated, pushedUpdated } = quiet.stats;
    expect([quiet.failures, pulledCreated, pulledUpdated, pushedCreated, pushedUpdated]).toEqual([
      [],
      0,
      0,
      0,
      0,
    ]);
    expect(requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
    process.stderr.write(
      `redmine: ${ISSUES} pulled, ${ours.length} edits and ${drafts.length} creates pushed, ${theirs.length + both.length} edits pulled, then ${requests.length} requests and nothing written\n`,
    );
  });
});

async function byId(store: InMemoryIssueStore): Promise<Map<string, CanonicalIssue>> {
  return new Map((await store.listIssues()).map((issue) => [issue.ref.id, issue]));
}

async function inTurn<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (const one of all) answers.push(await work(one));
  return answers;
}
