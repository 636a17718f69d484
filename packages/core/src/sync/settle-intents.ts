import { refIdentity } from '../model/external-ref.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import { instant, laterOf } from '../model/timestamp.ts';
import { comparable } from '../model/equality.ts';
import { type FieldPath, fieldsOf, valueAt } from '../model/snapshot.ts';
import { parsePage } from '../protocol/page.ts';
import type { Commit } from '../store/backend.ts';
import { joinRecords } from '../store/join-records.ts';
import { recordWrite } from '../store/record-write.ts';
import type { Intent, StoredRecord } from '../store/records.ts';
import { agreeAsFound } from './agree.ts';
import { bury } from './deletion.ts';
import { contentOf, settledCreate } from './ingest.ts';
import { parseAnswer, readIssues } from './read-issues.ts';
import { type Outcome, reconcile, agreementOf } from './reconcile.ts';
import { asTrackerError, type Run, StopRun } from './run.ts';

/** So many pages are searched for a create that carries no mark; beyond that a person must look. */
const MAX_SEARCH_PAGES = 50;

/** Settles what earlier runs sent and never saw answered, before anything else is done. @throws StopRun */
export async function settleIntents(run: Run): Promise<void> {
  const intents = await run.backend.intents(run.binding.id);
  if (intents.length === 0) return;
  await settleCreates(run, intents.filter((intent) => intent.kind === 'create'));
  await settleUpdates(run, intents.filter((intent) => intent.kind !== 'create'));
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
    const stands = record?.agreements.some(({ ref, pair }) => !pair && refIdentity(ref) === refIdentity(intent.ref));
    // A person linked the draft, or gave it up while nobody could tell what became of it.
    const decided = !stands || (intent.unclearUntil !== undefined && record?.deleted);
    if (decided) await run.commit({ removeIntents: [intent.key] });
    else intents.push(intent);
  }
  if (intents.length === 0) return;
  const found = await lookUp(run, intents);
  if (!found) return;
  for (const intent of intents) {
    const issue = found.get(intent.key);
    if (issue === 'unclear') continue;
    if (issue) await takeCreated(run, intent, issue);
    else if (mayStillHappen(run, intent)) run.failed(waits(intent));
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
async function lookUp(run: Run, intents: readonly Intent[]): Promise<Map<string, CanonicalIssue | 'unclear'> | undefined> {
  const { connector } = run.options;
  try {
    if (run.capabilities.supportsLookupByKey && connector.findByIdempotencyKeys) {
      const since = intents.map((intent) => intent.since).reduce((least, next) => (!least || !next ? undefined : least < next ? least : next));
      const keys = intents.map((intent) => intent.key);
      const answer: unknown = await run.read(async () =>
        connector.findByIdempotencyKeys?.(keys, { ...(since === undefined ? {} : { since }), ...run.signalOption }),
      );
      const found = new Map<string, CanonicalIssue>();
      if (answer instanceof Map) for (const [key, item] of answer) found.set(String(key), parseAnswer(item, run));
      return found;
    }
    if (run.capabilities.supportsClientIds) {
      const answers = await readIssues(run, intents.map((intent) => intent.issue?.ref ?? intent.ref));
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

async function repeat(run: Run, intents: readonly Intent[]): Promise<Map<string, CanonicalIssue | 'unclear'>> {
  const found = new Map<string, CanonicalIssue | 'unclear'>();
  for (const intent of intents) {
    const { issue, key } = intent;
    if (!issue) continue;
    try {
      const answer = await run.attempt(
        () => run.options.connector.createIssue(issue, { idempotencyKey: key, ...run.signalOption }),
        (failureClass) => failureClass === 'rate_limit' || failureClass === 'transient',
      );
      found.set(key, parseAnswer(answer, run));
    } catch (error) {
      if (error instanceof StopRun) throw error;
      run.fail('create', intent.ref, error);
      found.set(key, 'unclear');
    }
  }
  return found;
}

/**
 * A tracker that keeps neither ids nor marks of ours: what was made since the attempt is compared. One exact match is
 * it; several, or others only, are for a person. Nothing new at all means that it was not made.
 */
async function search(run: Run, intents: readonly Intent[]): Promise<Map<string, CanonicalIssue | 'unclear'>> {
  const candidates = await unknownSince(run, intents);
  const found = new Map<string, CanonicalIssue | 'unclear'>();
  const taken = new Set<string>();
  for (const intent of intents) {
    const { unclearUntil = '\uffff' } = intent;
    const possible = candidates.filter((issue) => issue.createdAt === null || issue.createdAt <= unclearUntil);
    const exact = possible.filter((issue) => !taken.has(refIdentity(issue.ref)) && matches(intent, issue));
    const [first, ...others] = exact;
    if (first && others.length === 0) {
      found.set(intent.key, first);
      taken.add(refIdentity(first.ref));
    } else if (possible.length > 0 && !mayStillHappen(run, intent)) {
      found.set(intent.key, 'unclear');
      const latest = possible.reduce((least, issue) => laterOf(least, issue.createdAt) ?? least, intent.since ?? '');
      if (intent.unclearUntil === undefined) await run.commit({ putIntents: [{ ...intent, unclearUntil: latest }] });
      run.failed({
        issueRef: intent.ref,
        operation: 'create',
        code: 'create_unclear',
        message: `the answer to creating this issue was lost, and ${exact.length === 0 ? 'new issues that differ from it' : `${exact.length} equal issues`} were made since; link the right one with the draft, have it tried again if it is none of them, or delete the draft`,
        retryable: false,
      });
    }
  }
  return found;
}

function matches(intent: Intent, issue: CanonicalIssue): boolean {
  const { issue: sent } = intent;
  if (!sent) return false;
  return (['title', 'body'] as FieldPath[]).every(
    (path) => comparable(path, valueAt(fieldsOf(sent), path)) === comparable(path, valueAt(issue, path)),
  );
}

async function unknownSince(run: Run, intents: readonly Intent[]): Promise<CanonicalIssue[]> {
  const { connector } = run.options;
  const since = intents.map((intent) => intent.since).reduce((least, next) => (!least || !next ? undefined : least < next ? least : next));
  const unknown: CanonicalIssue[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_SEARCH_PAGES; pages++) {
    const limit = Math.min(100, run.capabilities.limits?.pageSize ?? 100);
    const query = { limit, ...(since === undefined ? {} : { updatedSince: since }), ...(cursor === undefined ? {} : { cursor }), ...run.signalOption };
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
  await rewrite(run, intent, async (record) => settledCreate(record, intent, issue, false, await run.context([record], [issue])));
  run.stats.pushedCreated++;
}

async function settleUpdates(run: Run, intents: readonly Intent[]): Promise<void> {
  const answers = await readIssues(run, intents.map((intent) => intent.ref));
  for (const [index, intent] of intents.entries()) {
    const answer = answers[index];
    if (answer?.kind === 'found') await takeUpdated(run, intent, answer.issue);
    else if (answer?.kind === 'missing' && intent.kind === 'delete') await bury(run, [intent.ref], { removeIntents: [intent.key] });
    else if (answer?.kind === 'missing') await run.commit({ removeIntents: [intent.key], putRereads: [{ bindingId: run.binding.id, ref: intent.ref, reason: 'event' }] });
    else if (answer) run.fail(intent.kind, intent.ref, answer.error);
  }
}

async function takeUpdated(run: Run, intent: Intent, issue: CanonicalIssue): Promise<void> {
  await rewrite(run, intent, async (record) => {
    const context = await run.context([record], [issue]);
    const open = await run.backend.conflicts({ recordIds: [record.id], status: 'open' });
    const agreed = intent.kind === 'update' ? agreeAsFound(record, intent, issue, context) : record;
    if (agreed.deleted || agreementOf(agreed, context.target).goneAt !== undefined) return outcomeOf(agreed);
    return reconcile(agreed, issue, open.filter((conflict) => conflict.target === context.target), context);
  });
}

export function outcomeOf(record: Outcome['record']): Outcome {
  return { record, conflicts: [], reported: [], overrides: [], skipped: [] };
}

/** Writes what `compute` makes of an intent's record as it is now, and ends the intent. */
export async function rewrite(
  run: Run,
  intent: Intent,
  compute: (record: StoredRecord) => Promise<Outcome>,
): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const [record] = await run.backend.load([intent.recordId]);
    if (!record?.agreements.some(({ target }) => target === run.target)) {
      await run.commit({ removeIntents: [intent.key] });
      return;
    }
    const outcome = await compute(record);
    const commit: Commit = {
      records: [recordWrite(contentOf(outcome.record), record)],
      removeIntents: [intent.key],
      putConflicts: outcome.conflicts,
      overrides: outcome.overrides,
    };
    const result = await run.commit(commit);
    const [taken] = result.ok ? [] : result.takenIdentities;
    if (!result.ok && (taken === undefined || !(await absorb(run, record, outcome, taken, commit)))) continue;
    run.note(outcome);
    return;
  }
}

/** The host saved the issue under its tracker's ref before its create was settled: both records are one. */
async function absorb(run: Run, record: StoredRecord, outcome: Outcome, taken: string, commit: Commit): Promise<boolean> {
  const [entry] = await run.backend.lookup([taken]);
  const [other] = entry ? await run.backend.load([entry.recordId]) : [];
  if (!other) return false;
  const { record: joined } = joinRecords(outcome.record, other);
  const targets = new Set<string>();
  const agreements = joined.agreements.filter(({ target }) => !targets.has(target) && targets.add(target));
  const written = recordWrite(contentOf({ ...joined, agreements }), record);
  return (await run.commit({ ...commit, records: [written], removeRecords: [{ id: other.id, stamp: other.stamp }] })).ok;
}
