import type { CanonicalIssue, IssuePatch } from '../model/issue.ts';
import { type JsonValue, stableStringify } from '../model/json.ts';
import { coreField, type FieldPath, valueAt, withValue } from '../model/snapshot.ts';
import type { Commit } from '../store/backend.ts';
import { recordWrite } from '../store/record-write.ts';
import type { Intent, StoredConflict, StoredRecord } from '../store/records.ts';
import { agreementOf, isStale, type Outcome, type SyncContext, withAgreement } from './agreement.ts';
import { notThere } from './deletion.ts';
import { descendsFrom } from './hierarchy.ts';
import { type Outgoing, outgoing, RETIRED, refusal, retiredIn } from './outgoing.ts';
import { loadPending } from './push.ts';
import { readIssues } from './read-issues.ts';
import { reconcile } from './reconcile.ts';
import type { Run } from './run.ts';
import { sendUpdates } from './send-updates.ts';

/** Rounds of one batch: a record comes again where it moved, or where a field of its patch was refused. */
const MAX_ROUNDS = 24;

/** One update on its way. */
export interface Write {
  record: StoredRecord;
  remote: CanonicalIssue;
  outgoing: Outgoing;
  intent: Intent;
  /** How often it was sent: after the first time, nobody knows what the ones before did. */
  tries: number;
}

/** What a batch knows of a record that comes round again: the fields that were sent alone, once a patch was taken apart. */
export interface Again {
  alone?: Set<FieldPath>;
  /** It is in the run's count of issues. */
  counted?: boolean;
}

/** What one round has found out, written in one commit. */
interface Round {
  commit: Required<Pick<Commit, 'records' | 'putConflicts' | 'overrides' | 'putIntents'>>;
  outcomes: Pick<Outcome, 'reported' | 'overrides' | 'skipped'>[];
  writes: Write[];
}

/** Sends the pending changes of these records, each merged with what the tracker holds now. @throws StopRun */
export async function pushUpdates(run: Run, ids: readonly number[]): Promise<void> {
  let queue = new Map<number, Again>(ids.map((id) => [id, {}]));
  const told = new Set<string>();
  for (let round = 0; queue.size > 0 && round < MAX_ROUNDS; round++)
    queue = await updateRound(run, queue, told);
  for (const record of await loadPending(run, [...queue.keys()])) {
    run.failed({
      issueRef: agreementOf(record, run.target).ref,
      operation: 'update',
      code: 'sync_conflict',
      message: 'the issue kept changing while it was to be written; its changes stay pending',
      retryable: true,
    });
  }
}

async function updateRound(
  run: Run,
  queue: Map<number, Again>,
  told: Set<string>,
): Promise<Map<number, Again>> {
  const round: Round = {
    commit: { records: [], putConflicts: [], overrides: [], putIntents: [] },
    outcomes: [],
    writes: [],
  };
  const ids = [...queue.keys()];
  const records = (await loadPending(run, ids)).filter((record) => agreementOf(record, run.target).pair);
  const open = await run.backend.conflicts({ recordIds: ids, status: 'open' });
  const first = await run.context(records);
  const toRead: StoredRecord[] = [];
  for (const record of records) {
    const plan = await planned(run, record, undefined, open, first);
    if (plan.out.paths.length + plan.out.refused.length > 0) toRead.push(record);
    else putDown(run, round, record, plan, first, told);
  }
  const answers = await readIssues(
    run,
    toRead.map((record) => agreementOf(record, run.target).ref),
  );
  const remotes = answers.map((answer) => (answer.kind === 'found' ? answer.issue : undefined));
  const context = await run.context(toRead, remotes);
  for (const [index, record] of toRead.entries()) {
    const answer = answers[index];
    if (answer?.kind === 'failed') run.fail('update', agreementOf(record, run.target).ref, answer.error);
    else if (answer?.kind === 'missing') await notThere(run, agreementOf(record, run.target), 'update');
    // Answered by a replica that has not caught up: what is pending waits for a newer state.
    else if (answer && isStale(agreementOf(record, run.target), answer.issue, run.capabilities))
      run.stats.stale++;
    else if (answer) {
      const plan = await planned(run, record, answer.issue, open, context);
      prepare(run, round, record, answer.issue, plan, queue.get(record.id) ?? {}, context, told);
    }
  }
  const { commit } = round;
  const empty = commit.records.length + commit.putConflicts.length === 0;
  // A host's edit got in between: all come round again, merged with it.
  if (!empty && !(await run.commit(commit)).ok) return queue;
  for (const outcome of round.outcomes) run.note(outcome);
  return sendUpdates(run, round.writes, queue);
}

interface Plan {
  outcome: Outcome;
  out: Outgoing;
}

async function planned(
  run: Run,
  record: StoredRecord,
  remote: CanonicalIssue | undefined,
  conflicts: readonly StoredConflict[],
  context: SyncContext,
): Promise<Plan> {
  const open = openOf(conflicts, record, run);
  const outcome = reconcile(record, remote, open, context);
  const { parent } = outcome.record.issue;
  const cycles = parent !== null && (await descendsFrom(run, parent, record.id));
  const still = [...open, ...outcome.conflicts].filter((conflict) => conflict.status === 'open');
  return { outcome, out: outgoing(outcome.record, remote, still, cycles, context) };
}

export const openOf = (
  conflicts: readonly StoredConflict[],
  record: StoredRecord,
  run: Run,
): StoredConflict[] =>
  conflicts.filter((conflict) => conflict.recordId === record.id && conflict.target === run.target);

/** Nothing is to be sent: what planning changed, if anything, is written, and what was left out is told. */
function putDown(
  run: Run,
  round: Round,
  record: StoredRecord,
  { outcome, out }: Plan,
  context: SyncContext,
  told: Set<string>,
): void {
  const settled = withLeftOut(run, outcome.record, out, context);
  if (!isSame(settled, record)) round.commit.records.push(recordWrite(settled, record));
  note(round, outcome, out, told);
}

const isSame = (a: StoredRecord, b: StoredRecord): boolean =>
  stableStringify(a as unknown as JsonValue) === stableStringify(b as unknown as JsonValue);

/** Each field that is left out is told once a run, however often its record comes round. */
function note(round: Round, outcome: Outcome, out: Outgoing, told: Set<string>): void {
  const news = out.skipped.filter(({ issueRef, field, reason }) => {
    const key = `${issueRef.id} ${field} ${reason}`;
    return !told.has(key) && told.add(key);
  });
  round.commit.putConflicts.push(...outcome.conflicts);
  round.commit.overrides.push(...outcome.overrides);
  round.outcomes.push({ ...outcome, skipped: [...outcome.skipped, ...news] });
}

/**
 * Fields that the tracker has no place for are agreed as they stand, and so never looked at again; one that is sure to
 * be refused is noted as refused.
 */
function withLeftOut(run: Run, record: StoredRecord, out: Outgoing, context: SyncContext): StoredRecord {
  const agreement = agreementOf(record, context.target);
  if (!agreement.pair || out.settled.length + out.refused.length === 0) return record;
  let { local } = agreement.pair;
  for (const path of out.settled) local = withValue(local, path, valueAt(record.issue, path));
  const refused = { ...agreement.refused };
  for (const { path, reason } of out.refused) {
    refused[path] = refusal(record, path, reason, context);
    tellRefused(run, agreement.ref, path, reason);
  }
  const noted = out.refused.length > 0 ? { refused } : {};
  return withAgreement(record, { ...agreement, pair: { ...agreement.pair, local }, ...noted });
}

export function tellRefused(run: Run, issueRef: CanonicalIssue['ref'], field: string, reason: string): void {
  run.failed({
    issueRef,
    operation: 'update',
    code: 'field_refused',
    fieldPath: field,
    message: `${field} was not accepted: ${reason}`,
    retryable: false,
  });
}

/** Takes a record that was merged with what the tracker holds into the round, with an intent where there is something to send. */
function prepare(
  run: Run,
  round: Round,
  record: StoredRecord,
  remote: CanonicalIssue,
  plan: Plan,
  known: Again,
  context: SyncContext,
  told: Set<string>,
): void {
  const { outcome } = plan;
  const out = known.alone ? onlyOne(plan.out, known.alone) : plan.out;
  const retired = retiredIn(out.patch);
  if (retired !== undefined) {
    run.failed({
      issueRef: remote.ref,
      operation: 'update',
      code: 'retired_key',
      fieldPath: retired,
      message: `not sent: ${retired}: ${RETIRED}`,
      retryable: false,
    });
    return;
  }
  if (out.paths.length === 0) {
    putDown(run, round, record, { outcome, out }, context, told);
    return;
  }
  const settled = withLeftOut(run, outcome.record, out, context);
  const { patch, addLinks, removeLinks, local, paths } = out;
  const { ref } = agreementOf(settled, run.target);
  const intent: Intent = {
    key: run.newId(),
    bindingId: run.binding.id,
    recordId: record.id,
    ref,
    kind: 'update',
    at: run.now,
    patch,
    addLinks,
    removeLinks,
    local,
    paths,
  };
  round.commit.records.push(recordWrite(settled, record));
  round.commit.putIntents.push(intent);
  note(round, outcome, out, told);
  round.writes.push({ record: settled, remote, outgoing: out, intent, tries: 0 });
}

/** A patch reduced to the first field that was not sent alone yet. */
function onlyOne(out: Outgoing, alone: Set<FieldPath>): Outgoing {
  const path = out.paths.find((candidate) => !alone.has(candidate));
  const none = { patch: {}, addLinks: [], removeLinks: [], paths: [] };
  if (path === undefined) return { ...out, ...none };
  const field = coreField(path);
  const paths = out.paths.filter((candidate) => coreField(candidate) === field);
  for (const sent of paths) alone.add(sent);
  if (path === 'links') return { ...out, patch: {}, paths };
  const patch: IssuePatch = field in out.patch ? { [field]: out.patch[field] } : {};
  return { ...out, ...none, patch, paths };
}
