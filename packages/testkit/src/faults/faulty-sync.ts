import {
  type CanonicalIssue,
  type CanonicalStatus,
  type Clock,
  type ExternalRef,
  fieldSupport,
  InMemoryIssueStore,
  OwnershipPolicy,
  refIdentity,
  type Sleep,
  SyncEngine,
  type SyncResult,
  type TaskTrackerConnector,
} from '@spec-kitty/tracker-core';
import { Random } from '../simulation/random.ts';
import { equal } from '../support/check.ts';
import { faultyFetch } from './faulty-fetch.ts';

/** An issue as it stands at the tracker. */
export interface IssueThere {
  id: string;
  title: string;
}

/** A tracker behind HTTP, in time of its own, and a person at it. */
export interface FaultyWorld {
  /** Its answers, without faults. */
  fetch: typeof fetch;
  /** A connector whose requests go through this fetch. */
  connect(fetch: typeof globalThis.fetch): TaskTrackerConnector;
  clock: Clock;
  sleep: Sleep;
  /** Lets time pass, in milliseconds. */
  advance(ms: number): void;
  /** Makes an issue as a person does. */
  create(title: string): void;
  /** Edits one as a person does: another field than the title and the status, told apart by the number. */
  edit(id: string, number: number): void;
  /** All issues that are there. */
  issues(): IssueThere[];
}

/** A seed, a tracker, and how much goes wrong. */
export interface FaultySyncOptions {
  seed: number;
  /** A tracker that no other history uses. */
  open(): FaultyWorld;
  /** How often a request has a fault, from 0 to 1. Default 0.25. */
  rate?: number;
  /** Syncs, with deeds on both sides before each. Default 8. */
  rounds?: number;
}

const DEEDS = 4;
/** Statuses of hosts alone: what becomes of one is then known. `done` is what many trackers write by a second request. */
const STATUSES = ['todo', 'in_progress', 'done'] as const;
const QUIET_MS = 600_000;

/**
 * Syncs through a network on which answers are lost, requests fail, and limits come, while people work on both sides.
 * When the faults end, both sides hold the same issues, none of them twice, each in the status that its host gave it last
 * or with a conflict that says why not, and another sync writes nothing.
 * @throws ConformanceError naming the seed.
 */
export async function faultySync({ seed, open, rate = 0.25, rounds = 8 }: FaultySyncOptions): Promise<void> {
  const world = open();
  const random = Random.of(seed, 0);
  const { clock, sleep } = world;
  const faulty = faultyFetch(world.fetch, { seed, rate }, { sleep });
  let isFaulty = true;
  await using connector = world.connect((input, init) =>
    isFaulty ? faulty(input, init) : world.fetch(input, init),
  );
  const { name: system, workspace, scope } = connector;
  const binding = { system, workspace, ...(scope === undefined ? {} : { scope }) };
  const store = new InMemoryIssueStore({ clock });
  const engine = new SyncEngine({
    connector,
    store,
    policy: OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' }),
    strategy: 'newer_timestamp',
    clock,
    sleep,
  });
  const made: string[] = [];
  const statuses = new Map<string, CanonicalStatus>();
  const pick = <T>(all: readonly T[]): T | undefined => all[random.below(Math.max(1, all.length))];

  const deed = async (number: number): Promise<void> => {
    const [mine, theirs]: [CanonicalIssue | undefined, IssueThere | undefined] = [
      pick(await store.listIssues()),
      pick(world.issues()),
    ];
    const kind = random.below(10);
    if (kind < 3) {
      made.push(`ours ${number}`);
      const parent = mine && random.chance(0.3) ? { parent: mine.ref } : {};
      const status = pick(STATUSES) ?? 'todo';
      statuses.set(`ours ${number}`, status);
      await store.createDraft(binding, { title: `ours ${number}`, status, ...parent });
    } else if (kind < 5) {
      made.push(`theirs ${number}`);
      world.create(`theirs ${number}`);
    } else if (kind < 8 && mine) {
      const status = pick(STATUSES) ?? 'todo';
      statuses.set(mine.title, status);
      await store.editIssue(mine.ref, { body: `body ${number}`, labels: [`label ${number % 3}`], status });
    } else if (theirs) world.edit(theirs.id, number);
    world.advance(random.below(30_000));
  };

  for (let round = 0; round < rounds; round += 1) {
    for (let index = 0; index < DEEDS; index += 1) await deed(round * DEEDS + index);
    await engine.sync();
    world.advance(random.below(120_000));
  }
  isFaulty = false;
  for (let run = 0; run < 4; run += 1) {
    world.advance(QUIET_MS);
    await engine.sync();
  }
  world.advance(QUIET_MS);
  const quiet = await engine.sync();
  const titles = (issues: readonly { title: string }[]): string[] => issues.map(({ title }) => title).sort();
  const what = `seed ${seed}`;
  equal([writtenBy(quiet), quiet.failures], [0, []], `${what}: what one more sync writes, and its failures`);
  const here = await store.listIssues();
  equal(titles(here), made.toSorted(), `${what}: the issues here`);
  equal(titles(world.issues()), made.toSorted(), `${what}: the issues at the tracker`);
  const conflicts = await store.listConflicts();
  const told = identities(conflicts);
  const lost = here.flatMap(({ ref, title, status }) => {
    const wanted = statuses.get(title) ?? status;
    return status === wanted || told.has(refIdentity(ref)) ? [] : [`${title}: ${status}, was ${wanted}`];
  });
  equal(lost, [], `${what}: statuses that were lost without a conflict`);
  if (fieldSupport(await connector.getCapabilities(), 'status') !== 'full') return;
  const refused = identities(quiet.skipped);
  for (const { ref, title, status } of here)
    if (!refused.has(refIdentity(ref)))
      equal((await connector.getIssue(ref)).status, status, `${what}: the status of ${title} at the tracker`);
}

/** The issues whose status these are about. */
function identities(entries: readonly { field: string; issueRef: ExternalRef }[]): Set<string> {
  return new Set(
    entries.flatMap(({ field, issueRef }) => (field === 'status' ? [refIdentity(issueRef)] : [])),
  );
}

function writtenBy({ stats }: SyncResult): number {
  return stats.pulledCreated + stats.pulledUpdated + stats.pushedCreated + stats.pushedUpdated;
}
