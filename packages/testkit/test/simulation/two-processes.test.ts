import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemIds, type TaskTrackerConnector } from '@spec-kitty/tracker-core';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { simulatedConnector } from '../../src/simulation/simulated-connector.ts';
import { SimulatedTracker } from '../../src/simulation/simulated-tracker.ts';
import { bundleChild } from './support/bundle-child.ts';
import { Child } from './support/children.ts';
import { TRAITS } from './support/kill.ts';
import type { ChildNews } from './support/killed-child.ts';
import { answerOf, type Request } from './support/remote-tracker.ts';

const directory = mkdtempSync(join(tmpdir(), 'two-processes-'));
const bundle = join(directory, 'child.mjs');
beforeAll(() => bundleChild(bundle));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const START = Date.parse('2030-01-01T00:00:00.000Z');
/** The default of `leaseMs`; a child's clock moves by some milliseconds while it runs. */
const LEASE_MS = 180_000;
const FINISHED: ChildNews = { finished: [], met: 0 };

/** Two processes over one file, which holds a draft for the one binding that both sync. */
async function twoChildren(name: string) {
  const file = join(directory, `${name}.db`);
  const clock = { now: (): string => new Date(START).toISOString() };
  const tracker = new SimulatedTracker(TRAITS, clock.now, { onPut: () => {}, markOf: ({ id }) => id });
  const connector: TaskTrackerConnector = simulatedConnector(tracker, {
    full: false,
    hidden: false,
    pass: async () => {},
    strikes: () => false,
    seenAt: async () => undefined,
    writes: async () => {},
  });
  await using store = openSqliteStore(file, { clock, ids: systemIds });
  await store.createDraft({ system: 'sim', workspace: 'w' }, { title: 'Made once' });
  const children = ['first', 'second'].map((which) => {
    const placeFile = join(directory, `${name}-${which}`);
    const child = new Child(bundle, { file, placeFile, traits: TRAITS });
    child.onRequest = async (request) => child.send(await answerOf(connector, request));
    onTestFinished(() => child.kill());
    return child;
  });
  const [first, second] = children;
  if (!first || !second) throw new Error('there are no two children');
  for (const child of children) expect(await child.next()).toEqual({ ready: true });
  return { tracker, connector, first, second };
}

async function synced(child: Child, now: number): Promise<ChildNews | undefined> {
  child.send({ now, prefix: `at-${now}` });
  return child.next();
}

/** Starts a run that stays in the middle of its first request, with the lease in its hands. */
function inRequest(child: Child): Promise<Request> {
  const asked = new Promise<Request>((resolve) => {
    child.onRequest = resolve;
  });
  child.send({ now: START, prefix: 'holder' });
  return asked;
}

it('of two processes that sync one binding, one works and the other is told that it is busy', async () => {
  const { tracker, connector, first, second } = await twoChildren('busy');
  const request = await inRequest(first);
  expect(await synced(second, START + 10)).toEqual({ busy: true });
  expect(tracker.issues()).toEqual([]);
  first.onRequest = async (next) => first.send(await answerOf(connector, next));
  first.onRequest(request);
  expect(await first.next()).toEqual(FINISHED);
  expect(await synced(second, START + 1000)).toEqual(FINISHED);
  expect(tracker.issues().map(({ title }) => title)).toEqual(['Made once']);
});

it('the lease of a process that was killed holds until its time is over, and no longer', async () => {
  const { tracker, first, second } = await twoChildren('dead');
  await inRequest(first);
  first.kill();
  expect(await first.gone()).toBe('SIGKILL');
  expect(await synced(second, START + LEASE_MS - 1000)).toEqual({ busy: true });
  expect(await synced(second, START + LEASE_MS + 1000)).toEqual(FINISHED);
  expect(tracker.issues().map(({ title }) => title)).toEqual(['Made once']);
});
