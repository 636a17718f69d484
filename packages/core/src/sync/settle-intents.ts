import { comparable } from '../model/equality.ts';
import { isDraftRef, refIdentity } from '../model/external-ref.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import { type FieldPath, fieldsOf, valueAt } from '../model/snapshot.ts';
import { instant, laterOf } from '../model/timestamp.ts';
import { parsePage } from '../protocol/page.ts';
import type { Commit, RecordWrite } from '../store/backend.ts';
import { joinedConflicts, joinOfOneIssue } from '../store/join-records.ts';
import { recordWrite } from '../store/record-write.ts';
import { agreementAt, type Intent, type StoredRecord } from '../store/records.ts';
import { agreementOf, isStale, type Outcome, outcomeOf } from './agreement.ts';
import { isShown, notThere } from './deletion.ts';
import { parseAnswer, readIssues } from './read-issues.ts';
import { asTrackerError, failureClassOf, isRefusal, type Run, StopRun } from './run.ts';
import { settledCreate, settledUpdate } from './settled-writes.ts';

/** So many pages are searched for a create that carries no mark; beyond that a person must look. */
const MAX_SEARCH_PAGES = 50;

/** Settles what earlier runs sent and never saw answered, before anything else is done. @throws StopRun */
export async function settleIntents(run: Run): Promise<void> {
  const intents = await run.backend.intents(run.binding.id);
  if (intents.length === 0) return;
  await settleCreates(
    run,
    intents.filter((intent) => intent.kind === 'create'),
  );
  await settleUpdates(
    run,
    intents.filter((intent) => intent.kind !== 'create'),
  );
}

/** *Not found* is believed only once the request cannot take effect any more and the tracker would show it. */
function mayStillHappen(run: Run, intent: Intent): boolean {
  const settledAfter = (run.capabilities.lagMs ?? 0) + (run.options.requestTimeoutMs ?? 60_000);
  return instant(run.now) - instant(intent.at) <= settledAfter;
}

async function settleCreates(run: Run, all: readonly Intent[]): Promise<void> {
  const intents: Intent[] = [];
  for (const intent of all) {
    const [record] = await run.backend.load([intent.recordId]);
    const agreement = agreementAt(record, run.target);
    const linked = agreement && !agreement.pair && !isDraftRef(agreement.ref) && isDraftRef(intent.ref);
    const answers = linked ? await readIssues(run, [agreement.ref]) : [];
    // A person linked the draft, or gave it up while nobody could tell what became of it.
    const gaveUp = intent.unclearUntil !== undefined && record?.deleted;
    if (answers[0]?.kind === 'found') await takeCreated(run, intent, answers[0].issue);
    else if (!agreement || agreement.pair || linked || gaveUp)
      await run.commit({ removeIntents: [intent.key] });
    else intents.push(intent);
  }
  if (intents.length === 0) return;
  const found = await lookUp(run, intents);
  if (!found) return;
  for (const intent of intents) {
    const issue = found.get(intent.key);
    if (issue === 'unclear') continue;
    if (issue) await takeCreated(run, intent, issue);
    else if (mayStillHappen(run, intent) || !(await isShown(run))) run.failed(waits(intent));
    else await run.commit({ removeIntents: [intent.key] });
  }
}

function waits(intent: Intent): Parameters<Run['failed']>[0] {
  return {
    issueRef: intent.ref,
    operation: 'create',
    code: 'create_unsettled',
    message: `the answer to creating this issue was lost at ${intent.at}; it is looked for until it is certain that it was not made`,
    retryable: true,
  };
}

/** The issues that these creates made, by key; undefined where the tracker could not be asked. */
async function lookUp(
  run: Run,
  intents: readonly Intent[],
): Promise<Map<string, CanonicalIssue | 'unclear'> | undefined> {
  const { connector } = run.options;
  try {
    if (run.capabilities.supportsLookupByKey && connector.findByIdempotencyKeys) {
      const since = earliestSince(intents);
      const keys = intents.map((intent) => intent.key);
      const answer: unknown = await run.read(async () =>
        connector.findByIdempotencyKeys?.(keys, {
          ...(since === undefined ? {} : { since }),
          ...run.signalOption,
        }),
      );
      const found = new Map<string, CanonicalIssue>();
      if (answer instanceof Map)
        for (const [key, item] of answer) found.set(String(key), parseAnswer(item, run));
      return found;
    }
    if (run.capabilities.supportsClientIds) {
      const answers = await readIssues(
        run,
        intents.map((intent) => intent.issue?.ref ?? intent.ref),
      );
      const failed = answers.find((answer) => answer.kind === 'failed');
      if (failed?.kind === 'failed') throw failed.error;
      return new Map(
        intents.flatMap((intent, index) => {
          const answer = answers[index];
          return answer?.kind === 'found' ? [[intent.key, answer.issue] as const] : [];
        }),
      );
    }
    // Asking again is the look-up: the same key gives the first issue. The push does it.
    if (run.capabilities.supportsIdempotentCreate) return await repeat(run, intents);
    return await search(run, intents);
  } catch (caught) {
    if (caught instanceof StopRun) throw caught;
    for (const intent of intents) run.fail('create', intent.ref, asTrackerError(caught, connector.name));
    return undefined;
  }
}

async function repeat(
  run: Run,
  intents: readonly Intent[],
): Promise<Map<string, CanonicalIssue | 'unclear'>> {
  const found = new Map<string, CanonicalIssue | 'unclear'>();
  for (const intent of intents) {
    const { issue, key, unclearUntil } = intent;
    if (!issue) continue;
    if (unclearUntil !== undefined) {
      found.set(key, 'unclear');
      await leaveToPerson(run, intent, unclearUntil, GONE);
      continue;
    }
    try {
      const answer = await run.attempt(
        () => run.options.connector.createIssue(issue, { idempotencyKey: key, ...run.signalOption }),
        (failureClass) => failureClass === 'rate_limit' || failureClass === 'transient',
      );
      found.set(key, parseAnswer(answer, run));
    } catch (error) {
      if (error instanceof StopRun) throw error;
      const missing = failureClassOf(error) === 'not_found' && !mayStillHappen(run, intent);
      if (missing && (await isShown(run))) {
        found.set(key, 'unclear');
        await leaveToPerson(run, intent, intent.since ?? '', GONE);
        continue;
      }
      run.fail('create', intent.ref, error);
      // Had the first try been done, a refusal had answered its issue.
      if (!isRefusal(error)) found.set(key, 'unclear');
    }
  }
  return found;
}

/**
 * A tracker that keeps neither ids nor marks of ours: what was made since the attempt is compared. One exact match is
 * it; several, or others only, are for a person. Nothing new at all means that it was not made.
 */
async function search(
  run: Run,
  intents: readonly Intent[],
): Promise<Map<string, CanonicalIssue | 'unclear'>> {
  const candidates = await unknownSince(run, intents);
  const found = new Map<string, CanonicalIssue | 'unclear'>();
  const taken = new Set<string>();
  for (const intent of intents) {
    const { unclearUntil = '\uffff' } = intent;
    const possible = candidates.filter(
      (issue) => issue.createdAt === null || issue.createdAt <= unclearUntil,
    );
    const exact = possible.filter((issue) => !taken.has(refIdentity(issue.ref)) && matches(intent, issue));
    const [first, ...others] = exact;
    if (first && others.length === 0) {
      found.set(intent.key, first);
      taken.add(refIdentity(first.ref));
    } else if (possible.length > 0 && !mayStillHappen(run, intent)) {
      found.set(intent.key, 'unclear');
      const latest = possible.reduce(
        (least, issue) => laterOf(least, issue.createdAt) ?? least,
        intent.since ?? '',
      );
      const others = exact.length === 0 ? 'new issues that differ from it' : `${exact.length} equal issues`;
      const advice = `${others} were made since; link the right one with the draft, have it tried again if it is none of them, or delete the draft`;
      await leaveToPerson(run, intent, latest, advice);
    }
  }
  return found;
}

const GONE =
  'what the tracker made for it is not there any more; delete the draft, or have it tried again as a new issue';

/** Nobody but a person can tell what became of this create: it waits until they have. */
async function leaveToPerson(run: Run, intent: Intent, until: string, advice: string): Promise<void> {
  if (intent.unclearUntil === undefined)
    await run.commit({ putIntents: [{ ...intent, unclearUntil: until }] });
  run.failed({
    issueRef: intent.ref,
    operation: 'create',
    code: 'create_unclear',
    message: `the answer to creating this issue was lost, and ${advice}`,
    retryable: false,
  });
}

function matches(intent: Intent, issue: CanonicalIssue): boolean {
  const { issue: sent } = intent;
  if (!sent) return false;
  return (['title', 'body'] as FieldPath[]).every(
    (path) => comparable(path, valueAt(fieldsOf(sent), path)) === comparable(path, valueAt(issue, path)),
  );
}

/** Server time from before the first of these was tried; undefined where one of them has none. */
function earliestSince(intents: readonly Intent[]): string | undefined {
  const times = intents.map(({ since }) => since ?? '').sort();
  return times[0] === '' ? undefined : times[0];
}

async function unknownSince(run: Run, intents: readonly Intent[]): Promise<CanonicalIssue[]> {
  const { connector } = run.options;
  const since = earliestSince(intents);
  const unknown: CanonicalIssue[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_SEARCH_PAGES; pages++) {
    const limit = Math.min(100, run.capabilities.limits?.pageSize ?? 100);
    const query = {
      limit,
      ...(since === undefined ? {} : { updatedSince: since }),
      ...(cursor === undefined ? {} : { cursor }),
      ...run.signalOption,
    };
    const page = parsePage(await run.read(() => connector.listIssues(query)), connector.name);
    const issues = page.items.map((item) => parseAnswer(item, run));
    const entries = await run.backend.lookup(issues.map((issue) => refIdentity(issue.ref)));
    issues.forEach((issue, index) => {
      const recent = since === undefined || issue.createdAt === null || issue.createdAt >= since;
      if (!entries[index] && recent) unknown.push(issue);
    });
    if (page.nextCursor === undefined) break;
    cursor = page.nextCursor;
  }
  return unknown;
}

/** Links a draft with the issue that its create made, found without its answer. */
async function takeCreated(run: Run, intent: Intent, issue: CanonicalIssue): Promise<void> {
  const compute = async (record: StoredRecord): Promise<Outcome> =>
    settledCreate(record, intent, issue, false, await run.context([record], [issue]));
  await rewriteAll(run, [{ intent, compute }]);
  run.stats.pushedCreated++;
}

/** Reads what became of updates and deletions whose answers were lost. Answers those of which that could not be read. */
export async function settleUpdates(run: Run, intents: readonly Intent[]): Promise<Intent[]> {
  const answers = await readIssues(
    run,
    intents.map((intent) => intent.ref),
  );
  const left: Intent[] = [];
  for (const [index, intent] of intents.entries()) {
    const answer = answers[index];
    const [record] = await run.backend.load([intent.recordId]);
    const agreement = agreementAt(record, run.target);
    if (answer?.kind === 'found' && agreement && isStale(agreement, answer.issue, run.capabilities)) {
      run.stats.stale++;
      left.push(intent);
    } else if (answer?.kind === 'found') await takeUpdated(run, intent, answer.issue);
    else if (answer?.kind === 'missing' && intent.kind === 'delete')
      await notThere(run, { ref: intent.ref, target: run.target }, 'delete', { removeIntents: [intent.key] });
    else if (answer?.kind === 'missing' && !(await isShown(run))) left.push(intent);
    else if (answer?.kind === 'missing')
      await run.commit({
        removeIntents: [intent.key],
        putRereads: [{ bindingId: run.binding.id, ref: intent.ref, reason: 'event' }],
      });
    else if (answer) {
      run.fail(intent.kind, intent.ref, answer.error);
      left.push(intent);
    }
  }
  return left;
}

async function takeUpdated(run: Run, intent: Intent, issue: CanonicalIssue): Promise<void> {
  const compute = async (record: StoredRecord): Promise<Outcome> => {
    const context = await run.context([record], [issue]);
    const open = await run.backend.conflicts({ recordIds: [record.id], status: 'open' });
    const gone = agreementOf(record, context.target).goneAt !== undefined;
    if (intent.kind !== 'update' || gone) return outcomeOf(record);
    return settledUpdate(
      record,
      intent,
      issue,
      open.filter((conflict) => conflict.target === context.target),
      context,
    );
  };
  await rewriteAll(run, [{ intent, compute }]);
}

/** What becomes of a record once its intent is answered. */
export interface Rewrite {
  intent: Intent;
  /** The intent stands on: there is more to it. */
  goesOn?: boolean;
  compute: (record: StoredRecord) => Promise<Outcome>;
}

/** Writes what is computed of the records as they are now, and ends their intents: together, or one by one where a host's edit got in between. */
export async function rewriteAll(run: Run, rewrites: readonly Rewrite[]): Promise<void> {
  for (let tries = 0; rewrites.length > 0 && tries < 100; tries++) {
    const records = await run.backend.load(rewrites.map(({ intent }) => intent.recordId));
    const commit: Commit = {
      removeIntents: rewrites.flatMap(({ intent, goesOn }) => (goesOn ? [] : [intent.key])),
    };
    const writes: RecordWrite[] = [];
    const outcomes: Outcome[] = [];
    for (const [index, { compute }] of rewrites.entries()) {
      const record = records[index];
      if (!record || !agreementAt(record, run.target)) continue;
      const outcome = await compute(record);
      outcomes.push(outcome);
      writes.push(recordWrite(outcome.record, record));
    }
    commit.records = writes;
    commit.putConflicts = outcomes.flatMap((outcome) => outcome.conflicts);
    commit.overrides = outcomes.flatMap((outcome) => outcome.overrides);
    const result = await run.commit(commit);
    if (result.ok) {
      for (const outcome of outcomes) run.note(outcome);
      return;
    }
    if (rewrites.length > 1) {
      for (const rewrite of rewrites) await rewriteAll(run, [rewrite]);
      return;
    }
    const [record] = records;
    const [outcome] = outcomes;
    const [taken] = result.takenIdentities;
    if (taken === undefined || !record || !outcome || !(await absorb(run, record, outcome, taken, commit)))
      continue;
    run.note(outcome);
    return;
  }
}

/** The host saved the issue under its tracker's ref before its create was settled: both records are one. */
async function absorb(
  run: Run,
  record: StoredRecord,
  outcome: Outcome,
  taken: string,
  commit: Commit,
): Promise<boolean> {
  const [entry] = await run.backend.lookup([taken]);
  const [other] = entry ? await run.backend.load([entry.recordId]) : [];
  if (!other) return false;
  const { record: joined, overrides } = joinOfOneIssue(outcome.record, other, run.target, run.noting);
  const written = recordWrite(joined, record);
  const removeRecords = [{ id: other.id, stamp: other.stamp }];
  const all = [...outcome.overrides, ...overrides];
  const open = await run.backend.conflicts({ recordIds: [other.id], status: 'open' });
  const putConflicts = [...outcome.conflicts, ...joinedConflicts(open, record.id)];
  return (await run.commit({ ...commit, records: [written], removeRecords, overrides: all, putConflicts }))
    .ok;
}
