import type { SpecKittyTrackerError } from '../errors/tracker-error.ts';
import { isDraftRef } from '../model/external-ref.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import { coreField, type FieldPath } from '../model/snapshot.ts';
import { recordWrite } from '../store/record-write.ts';
import { agreementAt, type Intent, type StoredRecord } from '../store/records.ts';
import { agreementOf, type Outcome, type SyncContext, withAgreement } from './agreement.ts';
import { descendsFrom } from './hierarchy.ts';
import { ingest } from './ingest.ts';
import { type Creation, creation, refusal, standingRefusal, WHOLE_ISSUE } from './outgoing.ts';
import { batchOf, loadPending } from './push.ts';
import { readIssues } from './read-issues.ts';
import { failureClassOf, isRefusal, type Run } from './run.ts';
import { type Sender, type Sent, send } from './send.ts';
import { rewriteAll } from './settle-intents.ts';
import { settledCreate } from './settled-writes.ts';

interface Prepared {
  record: StoredRecord;
  ready: Extract<Creation, { kind: 'ready' }>;
  intent: Intent;
  /** How often it was sent: after the first time, nobody knows what the ones before did. */
  tries: number;
}

/**
 * Creates what the tracker shall hold and does not yet. Goes over the drafts until a round makes none: a child waits for
 * the round after its parent's.
 */
export async function pushCreates(run: Run, inFlight: ReadonlySet<number>): Promise<void> {
  const failed = new Set<number>(inFlight);
  let breakCycles = false;
  for (;;) {
    let made = 0;
    let deferred = 0;
    let after = 0;
    for (;;) {
      const ids = await run.backend.pending(run.targets, { after, limit: batchOf(run) });
      const last = ids.at(-1);
      if (last === undefined) break;
      after = last;
      const records = (await loadPending(run, ids)).filter(
        (record) => isUnmade(record, run) && !failed.has(record.id),
      );
      if (records.length === 0) continue;
      const drafts = await meetExisting(run, records, failed);
      const round = await createRound(run, drafts, failed, breakCycles);
      made += round.made;
      deferred += round.deferred;
    }
    if (deferred === 0) return;
    if (made === 0) {
      if (breakCycles) return;
      // Nobody's parent is left to wait for: what remains waits in a circle.
      breakCycles = true;
    }
  }
}

function isUnmade(record: StoredRecord, run: Run): boolean {
  const agreement = agreementAt(record, run.target);
  return agreement !== undefined && !agreement.pair && agreement.goneAt === undefined && !record.deleted;
}

/** A ref that no agreement knows is asked for; what the tracker has is met, the rest are drafts. */
async function meetExisting(run: Run, records: StoredRecord[], failed: Set<number>): Promise<StoredRecord[]> {
  const named = records.filter((record) => !isDraftRef(agreementOf(record, run.target).ref));
  if (named.length === 0) return records;
  const answers = await readIssues(
    run,
    named.map((record) => agreementOf(record, run.target).ref),
  );
  const missing = new Set<number>();
  for (const [index, record] of named.entries()) {
    const { ref } = agreementOf(record, run.target);
    const answer = answers[index];
    if (answer?.kind === 'found') {
      await ingest(run, [answer.issue], { direct: true });
    } else if (answer?.kind === 'failed') {
      failed.add(record.id);
      run.fail('pull_issue', ref, answer.error);
    } else if (run.capabilities.supportsClientIds) {
      missing.add(record.id);
    } else {
      failed.add(record.id);
      run.failed({
        issueRef: ref,
        operation: 'create',
        code: 'not_found',
        message: 'the tracker has no such issue, and it chooses its ids itself; make a draft instead',
        retryable: false,
      });
    }
  }
  return records.filter(
    (record) => isDraftRef(agreementOf(record, run.target).ref) || missing.has(record.id),
  );
}

async function createRound(
  run: Run,
  records: StoredRecord[],
  failed: Set<number>,
  breakCycles: boolean,
): Promise<{ made: number; deferred: number }> {
  const context = await run.context(records);
  const prepared: Prepared[] = [];
  let deferred = 0;
  for (const record of records) {
    const parent = record.issue.parent;
    const cycles = parent !== null && breakCycles && (await descendsFrom(run, parent, record.id));
    if (parent && !cycles && context.translator.awaitsCreation(parent)) {
      if (await parentFailed(run, record, failed)) skipChild(run, record, failed);
      else deferred++;
      continue;
    }
    const item = prepare(run, record, cycles, context, failed);
    if (item) prepared.push(item);
  }
  if (prepared.length === 0) return { made: 0, deferred };
  const again = await makeAll(run, prepared, failed);
  return { made: prepared.length, deferred: deferred + again };
}

async function parentFailed(run: Run, record: StoredRecord, failed: ReadonlySet<number>): Promise<boolean> {
  for (const id of failed)
    if (record.issue.parent && (await descendsFrom(run, record.issue.parent, id))) return true;
  return false;
}

function skipChild(run: Run, record: StoredRecord, failed: Set<number>): void {
  failed.add(record.id);
  run.skipped.push({
    issueRef: agreementOf(record, run.target).ref,
    field: 'parent',
    reason: 'parent_failed',
    detail: 'its parent could not be created, so neither is it',
  });
}

function prepare(
  run: Run,
  record: StoredRecord,
  cycles: boolean,
  context: SyncContext,
  failed: Set<number>,
): Prepared | undefined {
  const { ref } = agreementOf(record, run.target);
  const standing = standingRefusal(record, WHOLE_ISSUE, context);
  const ready = creation(record, cycles, context);
  if (ready.kind === 'refused' || standing) {
    failed.add(record.id);
    const field = ready.kind === 'refused' ? ready.field : 'title';
    const reason = ready.kind === 'refused' ? ready.reason : (standing?.reason ?? '');
    if (standing && ready.kind === 'ready')
      run.skipped.push({ issueRef: ref, field, reason: 'refused', detail: reason });
    else
      run.failed({
        issueRef: ref,
        operation: 'create',
        code: 'create_refused',
        fieldPath: field,
        message: `not created: ${field}: ${reason}`,
        retryable: false,
      });
    return undefined;
  }
  const intent: Intent = {
    key: run.newId(),
    bindingId: run.binding.id,
    recordId: record.id,
    ref,
    kind: 'create',
    at: run.now,
    ...(run.binding.checkpoint.updatedSince === undefined
      ? {}
      : { since: run.binding.checkpoint.updatedSince }),
    issue: withOwnId(ready.issue, run),
    local: ready.outgoing.local,
    paths: ready.outgoing.paths,
  };
  return { record, ready, intent, tries: 0 };
}

/** Where the tracker keeps ids that we choose, one is chosen before anything is sent: it finds the issue again. */
function withOwnId(issue: CanonicalIssue, run: Run): CanonicalIssue {
  const chooses = run.capabilities.supportsClientIds && isDraftRef(issue.ref);
  return chooses ? { ...issue, ref: { ...issue.ref, id: run.newId() } } : issue;
}

/** Stores the intents, sends the creates, and takes in the answers. Answers how many come again in the next round. */
async function makeAll(run: Run, prepared: readonly Prepared[], failed: Set<number>): Promise<number> {
  const writes = prepared.map(({ record }) => recordWrite(record, record));
  const stored = await run.commit({ records: writes, putIntents: prepared.map(({ intent }) => intent) });
  // A host's edit got in between: the next round sends it with what it says now.
  if (!stored.ok) return prepared.length;
  const answers = await send(run, prepared, sender(run));
  const made: { item: Prepared; answer: Answer }[] = [];
  const failures: { item: Prepared; error: SpecKittyTrackerError }[] = [];
  for (const [index, item] of prepared.entries()) {
    const answer = answers[index];
    if (answer?.ok) made.push({ item, answer });
    else if (answer) failures.push({ item, error: answer.error });
  }
  await takeAnswers(run, made);
  let again = 0;
  for (const { item, error } of failures) again += (await takeRefusal(run, item, error, failed)) ? 1 : 0;
  if (run.stopping) throw run.stopping;
  return again;
}

const issueOf = (item: Prepared): CanonicalIssue => item.intent.issue ?? item.ready.issue;

function sender(run: Run): Sender<Prepared> {
  const { connector } = run.options;
  const options = (item: Prepared): { idempotencyKey: string; signal?: AbortSignal } => {
    item.tries++;
    return { idempotencyKey: item.intent.key, ...run.signalOption };
  };
  return {
    one: (item) => connector.createIssue(issueOf(item), options(item)),
    many:
      run.capabilities.supportsBulkWrite && connector.createIssues
        ? async (items) =>
            connector.createIssues?.(items.map((item) => ({ issue: issueOf(item), options: options(item) })))
        : undefined,
    repeatable: run.capabilities.supportsIdempotentCreate === true,
  };
}

type Answer = Extract<Sent, { ok: true }>;

/** Fields that were left out of a create or refused by its answer. */
function unsentOf({ ready }: Prepared, answer: Answer): { path: FieldPath; reason: string }[] {
  const refused = answer.refused.map(({ field, reason }) => ({ path: field as FieldPath, reason }));
  return [...ready.outgoing.refused, ...refused];
}

async function takeAnswers(run: Run, made: readonly { item: Prepared; answer: Answer }[]): Promise<void> {
  const rewrites = made.map(({ item, answer }) => ({
    intent: item.intent,
    compute: async (record: StoredRecord): Promise<Outcome> => {
      const { issue, refused } = answer;
      const context = await run.context([record], [issue]);
      const fields = new Set(refused.map(({ field }) => field));
      // Asked for again, a tracker answers the issue as it is by now, not as our request made it.
      const answered = item.tries < 2;
      const outcome = settledCreate(record, item.intent, issue, answered, context, fields);
      const agreement = { ...agreementOf(outcome.record, context.target), writtenAt: context.now };
      const unsent = unsentOf(item, answer);
      // What was refused is what was sent, whatever the host has made of it meanwhile.
      const asSent = { ...outcome.record, issue: item.record.issue };
      const stored = unsent.map(({ path, reason }) => [path, refusal(asSent, path, reason, context)]);
      const noted = unsent.length > 0 ? { ...agreement, refused: Object.fromEntries(stored) } : agreement;
      return { ...outcome, record: withAgreement(outcome.record, noted) };
    },
  }));
  await rewriteAll(run, rewrites);
  for (const { item, answer } of made) {
    for (const { path, reason } of unsentOf(item, answer)) {
      run.failed({
        issueRef: answer.issue.ref,
        operation: 'create',
        code: 'field_refused',
        fieldPath: path,
        message: `created without ${path}: ${reason}`,
        retryable: false,
      });
    }
    // What waits is pending now, and told when the pending changes are visited.
    run.skipped.push(...item.ready.outgoing.skipped.filter(({ reason }) => reason === 'not_held'));
    run.stats.pushedCreated++;
    run.emit({ type: 'written', operation: 'create', issueRef: answer.issue.ref });
  }
}

/** A create that did not work. True where it may be tried again at once, without the field that was refused. */
async function takeRefusal(
  run: Run,
  item: Prepared,
  error: SpecKittyTrackerError,
  failed: Set<number>,
): Promise<boolean> {
  const { intent, ready } = item;
  const failureClass = failureClassOf(error);
  const capability = 'capability' in error ? String(error.capability) : undefined;
  const path = ready.outgoing.paths.find(
    (sent) => sent !== 'title' && (sent === capability || coreField(sent) === capability),
  );
  if (path) {
    await storeRefusal(run, item, path, error.message);
    return true;
  }
  failed.add(item.record.id);
  run.fail('create', intent.ref, error);
  if (isRefusal(error)) await storeRefusal(run, item, WHOLE_ISSUE, error.message);
  // A limit or a missing permission refused it before it had any effect. Of a lost answer nobody knows: the intent stays.
  else if (failureClass !== 'transient' && item.tries < 2) await run.commit({ removeIntents: [intent.key] });
  return false;
}

async function storeRefusal(
  run: Run,
  item: Prepared,
  path: FieldPath | typeof WHOLE_ISSUE,
  reason: string,
): Promise<void> {
  const removeIntents = [item.intent.key];
  const [record] = await loadPending(run, [item.record.id]);
  if (record) {
    const context = await run.context([record]);
    const agreement = agreementOf(record, run.target);
    const refused = { ...agreement.refused, [path]: refusal(item.record, path, reason, context) };
    const noted = withAgreement(record, { ...agreement, refused });
    if ((await run.commit({ removeIntents, records: [recordWrite(noted, record)] })).ok) return;
  }
  await run.commit({ removeIntents });
}
