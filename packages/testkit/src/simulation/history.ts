import {
  type CanonicalIssue,
  fingerprint,
  refIdentity,
  type SyncResult,
  stableStringify,
} from '@spec-kitty/tracker-core';
import { act } from './deeds.ts';
import type { Counts, HistoryOptions } from './kinds.ts';
import { HOST } from './ledger.ts';
import { syncOnce } from './processes.ts';
import { Random } from './random.ts';
import type { SimulatedTracker } from './simulated-tracker.ts';
import { verdict } from './verdict.ts';
import { type HistoryTools, World } from './world.ts';

/** What came of one history. */
export interface HistoryOutcome {
  options: HistoryOptions;
  /** Every way in which it broke an invariant. */
  problems: string[];
  counts: Counts;
  /** Of everything that the history left behind: equal for equal histories. */
  digest: string;
}

const MOST_ROUNDS = 15;

/** Plays the history of a seed against the real engine, and judges what it left behind. */
export async function playHistory(
  options: HistoryOptions,
  tools: HistoryTools = {},
): Promise<HistoryOutcome> {
  const world = new World(options, tools);
  try {
    const steps = options.only ?? Array.from({ length: options.steps }, (_, step) => step);
    for (const step of steps) {
      world.random = Random.of(options.seed, step);
      world.tell(() => `step ${step} at ${world.now()}`);
      await play(world);
    }
    world.random = Random.of(options.seed, -2);
    world.calm = true;
    world.tell(() => 'calm: edits and faults have ended');
    if (await settle(world, false)) await verdict(world, false);
    if (await settle(world, true)) await verdict(world, true);
  } catch (error) {
    world.problems.push(`threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  await tellRemains(world);
  const digest = await digestOf(world);
  await world.store[Symbol.asyncDispose]();
  return { options, problems: [...new Set(world.problems)], counts: world.counts, digest };
}

async function play(world: World): Promise<void> {
  const deed = world.random.next();
  if (deed < 0.33) await act(world, 'host');
  else if (deed < 0.65) await act(world, 'person');
  else if (deed < 0.91) await someRun(world);
  else if (deed < 0.95) await hostResolves(world);
  // Longer than a listing looks back.
  else if (world.allows('pause')) world.millis += 600_000 * (1 + world.random.below(12));
}

async function someRun(world: World): Promise<void> {
  const { random } = world;
  const full = random.chance(0.12);
  const kind = random.next();
  const how = kind < 0.08 ? 'events' : kind < 0.16 ? 'planned_run' : kind < 0.2 ? 'guarded_run' : 'sync';
  if (how === 'sync' || world.allows(how)) await syncOnce(world, world.tracker, full, how);
}

async function hostResolves(world: World): Promise<void> {
  const [conflict] = await world.store.listConflicts({ status: 'open' });
  const choice = world.random.below(3);
  if (!conflict || !world.allows('host_resolve')) return;
  const { id, field, issueRef } = conflict;
  if (choice < 2 || !['title', 'body'].includes(field)) {
    await world.store.resolveConflict(id, choice === 0 ? 'local' : 'external');
    return;
  }
  const value = world.ledger.token('r');
  const settled = await world.store.resolveConflict(id, { value });
  const saw = [settled.localValue, settled.externalValue].map(String);
  world.ledger.note({ by: HOST, issue: world.markOf(issueRef), field, kind: 'set', value, saw });
}

/** Edits and faults have ended: syncs until one writes nothing anywhere. False where none does. */
async function settle(world: World, full: boolean): Promise<boolean> {
  await resolveAll(world);
  for (const ref of world.forbidden.splice(0)) {
    world.count('forbidden_draft_kept');
    world.ledger.deletions.push({ by: HOST, issue: world.markOf(ref), saw: [], after: 0 });
    if (await world.store.getIssue(ref)) await world.store.deleteIssue(ref);
  }
  let told: string[] = [];
  let before = await contentOf(world);
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    world.millis += 200_000;
    const failures: SyncResult['failures'] = [];
    for (const tracker of world.trackers) {
      const result = await syncOnce(world, tracker, full);
      await decideUnclear(world, result, tracker);
      failures.push(...(result?.failures ?? []));
      if (!result) told = ['a run in a calm world did not end'];
    }
    await resolveAll(world);
    told = failures.map(({ code, message }) => `${code} ${message}`);
    // The first sync may only have ended a listing that was begun long ago.
    const after = await contentOf(world);
    const quiet = after === before && failures.length === 0;
    if (quiet && round > 1) return true;
    before = after;
  }
  world.problems.push(`another sync always writes or fails${told.length > 0 ? `: ${told[0]}` : ''}`);
  return false;
}

async function resolveAll(world: World): Promise<void> {
  for (const { id } of await world.store.listConflicts({ status: 'open' }))
    await world.store.resolveConflict(id, 'local');
}

/** A person looks at the tracker where the engine could not tell whether a create had taken effect. */
async function decideUnclear(
  world: World,
  result: SyncResult | undefined,
  tracker: SimulatedTracker,
): Promise<void> {
  const unclear = result?.failures.filter(({ code }) => code === 'create_unclear') ?? [];
  const intents = await world.backend.intents(world.bindingOf(tracker));
  for (const { issueRef } of unclear) {
    const intent = intents.find(({ ref }) => issueRef !== null && refIdentity(ref) === refIdentity(issueRef));
    if (!intent || !issueRef) continue;
    world.count('create_decided_by_person');
    const id = tracker.idOfKey(intent.key);
    const [known] = await world.backend.load([intent.recordId]);
    if (known?.deleted) continue;
    if (id === undefined) await world.store.retryRefused(issueRef);
    else if (!tracker.find(id)) await world.store.deleteIssue(issueRef);
    else await world.store.linkRef(issueRef, tracker.ref(id));
  }
}

/** What the host sees, what is left to be read again, and how often the trackers were written to. */
async function contentOf(world: World): Promise<string> {
  const writes = world.trackers.map((tracker) => tracker.writes);
  const rereads = world.trackers.map(async (tracker) => {
    const waiting = await world.backend.rereads(world.bindingOf(tracker), { after: 0, limit: 1000 });
    return waiting.map(({ ref, reason }) => [refIdentity(ref), reason]);
  });
  return JSON.stringify([
    writes,
    await Promise.all(rereads),
    await world.store.listIssues(),
    await world.store.listIssues({ deleted: true }),
  ]);
}

/** What both sides hold at the end, for who reads the trace. */
async function tellRemains(world: World): Promise<void> {
  const line = (issue: CanonicalIssue): string => JSON.stringify({ mark: world.markOf(issue.ref), ...issue });
  const here = await world.store.listIssues();
  for (const issue of here) world.tell(() => `in the store: ${line(issue)}`);
  for (const issue of await world.store.listIssues({ deleted: true }))
    world.tell(() => `tombstone: ${line(issue)}`);
  for (const tracker of world.trackers)
    for (const issue of tracker.issues()) world.tell(() => `at ${tracker.traits.name}: ${line(issue)}`);
}

async function digestOf(world: World): Promise<string> {
  return fingerprint(
    await contentOf(world),
    JSON.stringify(world.trackers.map((tracker) => tracker.issues())),
    stableStringify((await world.store.listConflicts()) as never),
    stableStringify((await world.store.listOverrides({ limit: 100_000 })) as never),
    JSON.stringify(world.results),
  );
}
