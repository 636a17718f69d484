import { SyncConflictError } from '../errors/sync-errors.ts';
import type { SpecKittyTrackerError } from '../errors/tracker-error.ts';
import type { CanonicalIssue, IssuePatch } from '../model/issue.ts';
import { type JsonValue, stableStringify } from '../model/json.ts';
import { type FieldPath, withValue } from '../model/snapshot.ts';
import { recordWrite } from '../store/record-write.ts';
import type { Intent, StoredConflict, StoredRecord } from '../store/records.ts';
import { agreeAsSent, agreeElements, coreField } from './agree.ts';
import { bury, pastLag } from './deletion.ts';
import { descendsFrom } from './hierarchy.ts';
import { contentOf } from './ingest.ts';
import { isEmpty, type Outgoing, outgoing, refusal, RETIRED, retiredIn } from './outgoing.ts';
import { loadPending } from './push.ts';
import { readIssues } from './read-issues.ts';
import { agreementOf, type Outcome, reconcile, type SyncContext, withAgreement } from './reconcile.ts';
import { failureClassOf, type Run, StopRun } from './run.ts';
import { type Sender, send } from './send.ts';
import { outcomeOf, rewrite } from './settle-intents.ts';

/** Rounds of one batch: a record comes again where it moved, or where a field of its patch was refused. */
const MAX_ROUNDS = 24;

interface Write {
  record: StoredRecord;
  remote: CanonicalIssue;
  outgoing: Outgoing;
  intent: Intent;
}

/** What a batch knows of a record that comes round again. */
interface Again {
  /** Fields that were sent alone already: a patch whose refusal named none is taken apart. */
  alone?: Set<FieldPath>;
}

/** Sends the pending changes of these records, each merged with what the tracker holds now. @throws StopRun */
export async function pushUpdates(run: Run, ids: readonly number[]): Promise<void> {
  let queue = new Map<number, Again>(ids.map((id) => [id, {}]));
  const told = new Set<string>();
  for (let round = 0; queue.size > 0 && round < MAX_ROUNDS; round++) queue = await updateRound(run, queue, told);
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

async function updateRound(run: Run, queue: Map<number, Again>, told: Set<string>): Promise<Map<number, Again>> {
  const again = new Map<number, Again>();
  const records = await loadPending(run, [...queue.keys()]);
  const open = await run.backend.conflicts({ recordIds: [...queue.keys()], status: 'open' });
  const context = await run.context(records);
  const toRead: StoredRecord[] = [];
  for (const record of records) {
    if (!agreementOf(record, run.target).pair) continue;
    const outcome = reconcile(record, undefined, openOf(open, record, run), context);
    const out = outgoing(outcome.record, undefined, openOf(open, record, run), await parentCycles(run, outcome.record), context);
    if (!isEmpty(out) || out.refused.length > 0) toRead.push(record);
    else await putDown(run, record, outcome, out, context, told);
  }
  const answers = await readIssues(run, toRead.map((record) => agreementOf(record, run.target).ref));
  const writes: Write[] = [];
  for (const [index, record] of toRead.entries()) {
    const answer = answers[index];
    const { ref } = agreementOf(record, run.target);
    if (answer?.kind === 'failed') run.fail('update', ref, answer.error);
    else if (answer?.kind === 'missing') await notThere(run, record);
    else if (answer) {
      const write = await prepare(run, record, answer.issue, openOf(open, record, run), queue.get(record.id) ?? {}, again, told);
      if (write) writes.push(write);
    }
  }
  await sendAll(run, writes, queue, again);
  return again;
}

const openOf = (open: readonly StoredConflict[], record: StoredRecord, run: Run): StoredConflict[] =>
  open.filter((conflict) => conflict.recordId === record.id && conflict.target === run.target);

function parentCycles(run: Run, record: StoredRecord): Promise<boolean> {
  const { parent } = record.issue;
  return parent ? descendsFrom(run, parent, record.id) : Promise.resolve(false);
}

async function notThere(run: Run, record: StoredRecord): Promise<void> {
  const agreement = agreementOf(record, run.target);
  if (run.listed && pastLag(run, agreement)) {
    await bury(run, [agreement.ref]);
    return;
  }
  run.failed({
    issueRef: agreement.ref,
    operation: 'update',
    code: 'issue_not_found',
    message: 'the tracker does not show this issue; whether it is gone or hidden is not known, so the change stays pending',
    retryable: true,
  });
}

/** Nothing is to be sent: what planning changed, if anything, is written, and what was left out is told. */
async function putDown(
  run: Run,
  record: StoredRecord,
  outcome: Outcome,
  out: Outgoing,
  context: SyncContext,
  told: Set<string>,
): Promise<boolean> {
  const settled = withRefusals(withSettled(outcome.record, out, context), out, context);
  tell(run, out, told);
  if (!isSame(settled, record) || outcome.conflicts.length > 0) {
    const result = await run.commit({
      records: [recordWrite(contentOf(settled), record)],
      putConflicts: outcome.conflicts,
      overrides: outcome.overrides,
    });
    if (!result.ok) return false;
  }
  run.note(outcome);
  return true;
}

const isSame = (a: StoredRecord, b: StoredRecord): boolean =>
  a === b || stableStringify(a as unknown as JsonValue) === stableStringify(b as unknown as JsonValue);

/** Each field that is left out is told once a run, however often its record comes round. */
function tell(run: Run, out: Outgoing, told: Set<string>): void {
  for (const skip of out.skipped) {
    const key = `${skip.issueRef.id} ${skip.field} ${skip.reason}`;
    if (!told.has(key)) run.skipped.push(skip);
    told.add(key);
  }
}

/** Fields that the tracker has no place for are agreed as they stand, and so never looked at again. */
function withSettled(record: StoredRecord, out: Outgoing, context: SyncContext): StoredRecord {
  const agreement = agreementOf(record, context.target);
  if (!agreement.pair || out.settled.length === 0) return record;
  let { local } = agreement.pair;
  for (const path of out.settled) local = withValue(local, path, pathValue(record, path));
  return withAgreement(record, { ...agreement, pair: { ...agreement.pair, local } });
}

function withRefusals(record: StoredRecord, out: Outgoing, context: SyncContext): StoredRecord {
  if (out.refused.length === 0) return record;
  const agreement = agreementOf(record, context.target);
  const refused = { ...agreement.refused };
  for (const { path, reason } of out.refused) refused[path] = refusal(record, path, reason, context);
  return withAgreement(record, { ...agreement, refused });
}

function pathValue(record: StoredRecord, path: FieldPath): JsonValue | undefined {
  return coreField(path) === 'customFields'
    ? record.issue.customFields[path.slice('customFields.'.length)]
    : (record.issue[path as keyof CanonicalIssue] as JsonValue);
}

/** Merges with what the tracker holds, stores the result with an intent, and answers what to send. */
async function prepare(
  run: Run,
  record: StoredRecord,
  remote: CanonicalIssue,
  open: readonly StoredConflict[],
  known: Again,
  again: Map<number, Again>,
  told: Set<string>,
): Promise<Write | undefined> {
  const context = await run.context([record], [remote]);
  const outcome = reconcile(record, remote, open, context);
  const opened = [...open, ...outcome.conflicts].filter((conflict) => conflict.status === 'open');
  const whole = outgoing(outcome.record, remote, opened, await parentCycles(run, outcome.record), context);
  for (const { path, reason } of whole.refused) refused(run, agreementOf(record, run.target).ref, path, reason);
  const out = known.alone ? onlyOne(whole, known.alone) : whole;
  const retired = retiredIn(out.patch);
  if (retired !== undefined) {
    run.failed({ issueRef: remote.ref, operation: 'update', code: 'retired_key', fieldPath: retired, message: `not sent: ${retired}: ${RETIRED}`, retryable: false });
    return undefined;
  }
  if (isEmpty(out)) {
    if (!(await putDown(run, record, outcome, out, context, told))) again.set(record.id, known);
    return undefined;
  }
  const settled = withRefusals(withSettled(outcome.record, out, context), out, context);
  const intent: Intent = {
    key: run.newId(),
    bindingId: run.binding.id,
    recordId: record.id,
    ref: agreementOf(settled, run.target).ref,
    kind: 'update',
    at: run.now,
    patch: out.patch,
    addLinks: out.addLinks,
    removeLinks: out.removeLinks,
    local: out.local,
    paths: out.paths,
  };
  const stored = await run.commit({
    records: [recordWrite(contentOf(settled), record)],
    putConflicts: outcome.conflicts,
    overrides: outcome.overrides,
    putIntents: [intent],
  });
  if (!stored.ok) {
    again.set(record.id, known);
    return undefined;
  }
  run.note(outcome);
  tell(run, out, told);
  return { record: settled, remote, outgoing: out, intent };
}

/** A patch reduced to the first field that was not sent alone yet. */
function onlyOne(out: Outgoing, alone: Set<FieldPath>): Outgoing {
  const path = out.paths.find((candidate) => !alone.has(candidate));
  if (path === undefined) return { ...out, patch: {}, addLinks: [], removeLinks: [], paths: [] };
  alone.add(path);
  const field = coreField(path);
  const patch: IssuePatch = field in out.patch ? { [field]: out.patch[field] } : {};
  const links = path === 'links' ? {} : { addLinks: [], removeLinks: [] };
  const paths = field === 'customFields' ? out.paths.filter((candidate) => coreField(candidate) === field) : [path];
  for (const sent of paths) alone.add(sent);
  return { ...out, ...links, patch, paths };
}

function refused(run: Run, issueRef: CanonicalIssue['ref'], field: string, reason: string): void {
  run.failed({ issueRef, operation: 'update', code: 'field_refused', fieldPath: field, message: `${field} was not accepted: ${reason}`, retryable: false });
}

function sender(run: Run): Sender<Write> {
  const { connector } = run.options;
  const options = ({ intent, remote }: Write): { idempotencyKey: string; previous: CanonicalIssue; ifVersion?: string; signal?: AbortSignal } => ({
    idempotencyKey: intent.key,
    previous: remote,
    ...(run.capabilities.supportsOptimisticConcurrency && remote.version !== undefined ? { ifVersion: remote.version } : {}),
    ...run.signalOption,
  });
  return {
    one: (write) => connector.updateIssue(write.intent.ref, write.outgoing.patch, options(write)),
    many:
      run.capabilities.supportsBulkWrite && connector.updateIssues
        ? async (writes) =>
            connector.updateIssues?.(
              writes.map((write) => ({ ref: write.intent.ref, patch: write.outgoing.patch, options: options(write) })),
            )
        : undefined,
    repeatable: true,
  };
}

async function sendAll(run: Run, writes: readonly Write[], queue: Map<number, Again>, again: Map<number, Again>): Promise<void> {
  const patched = writes.filter((write) => Object.keys(write.outgoing.patch).length > 0);
  const answers = await send(run, patched, sender(run));
  const refusedRecords = new Set<number>();
  for (const [index, write] of patched.entries()) {
    const answer = answers[index];
    if (!answer) continue;
    if (answer.ok) {
      await takeAnswer(run, write, answer.issue, answer.refused);
    } else {
      refusedRecords.add(write.record.id);
      const next = await takeError(run, write, answer.error, queue.get(write.record.id) ?? {});
      if (next) again.set(write.record.id, next);
    }
  }
  for (const write of writes) {
    const known = queue.get(write.record.id);
    if (refusedRecords.has(write.record.id)) continue;
    await sendLinks(run, write);
    run.stats.pushedUpdated += known?.alone ? 0 : 1;
    run.emit({ type: 'written', operation: 'update', issueRef: write.intent.ref });
    if (known?.alone) again.set(write.record.id, known);
  }
}

/** Agree as sent, then merge the whole answer: it may hold somebody else's edit. */
async function takeAnswer(
  run: Run,
  write: Write,
  answer: CanonicalIssue,
  refusals: readonly { field: string; reason: string }[],
): Promise<void> {
  const { intent, outgoing: out } = write;
  const left = new Set(refusals.map(({ field }) => field));
  const paths = out.paths.filter((path) => !left.has(coreField(path)) && !left.has(path));
  const linksLeft = out.addLinks.length + out.removeLinks.length > 0;
  await rewrite(run, linksLeft ? { ...intent, key: '' } : intent, async (record) => {
    const context = await run.context([record], [answer]);
    const sent = { paths, local: intent.local, patch: out.patch };
    let agreed = agreeAsSent(record, sent, answer, context);
    const agreement = { ...agreementOf(agreed, run.target), writtenAt: context.now };
    const stored = { ...agreement.refused };
    for (const { field, reason } of refusals) stored[field] = refusal(agreed, field as FieldPath, reason, context);
    agreed = withAgreement(agreed, { ...agreement, ...(Object.keys(stored).length > 0 ? { refused: stored } : {}) });
    if (agreed.deleted) return outcomeOf(agreed);
    const open = await run.backend.conflicts({ recordIds: [record.id], status: 'open' });
    return reconcile(agreed, answer, openOf(open, record, run), context);
  });
  for (const { field, reason } of refusals) refused(run, intent.ref, field, reason);
}

/** One relation at a time; each is agreed as it is done, so that a refused one holds up no other. */
async function sendLinks(run: Run, write: Write): Promise<void> {
  const { intent, outgoing: out, remote } = write;
  const { connector } = run.options;
  const total = out.addLinks.length + out.removeLinks.length;
  if (total === 0) return;
  const done: { added: JsonValue[]; removed: JsonValue[] } = { added: [], removed: [] };
  let reason: string | undefined;
  let stop: StopRun | undefined;
  const steps = [
    ...out.addLinks.map((link) => ({ link, add: true })),
    ...out.removeLinks.map((link) => ({ link, add: false })),
  ];
  for (const [index, { link, add }] of steps.entries()) {
    const options = { idempotencyKey: `${intent.key}:${index}`, previous: remote, ...run.signalOption };
    try {
      await run.attempt(
        async () => {
          if (add) await connector.upsertLink(intent.ref, link, options);
          else if (connector.removeLink) await connector.removeLink(intent.ref, link, options);
          else throw new SyncConflictError(`${connector.name} cannot remove links`);
        },
        (failureClass) => failureClass === 'rate_limit' || failureClass === 'transient',
      );
      (add ? done.added : done.removed).push(link as unknown as JsonValue);
    } catch (error) {
      if (error instanceof StopRun) {
        stop = error;
        break;
      }
      run.fail('link', intent.ref, error, `links.${link.type}`);
      const failureClass = failureClassOf(error);
      if (failureClass !== 'transient' && failureClass !== 'rate_limit') reason = error instanceof Error ? error.message : String(error);
    }
  }
  await rewrite(run, intent, async (record) => {
    const context = await run.context([record], [remote]);
    let agreed = agreeElements(record, 'links', done, context);
    const { seen: _seen, ...agreement } = agreementOf(agreed, run.target);
    const stored = reason === undefined ? {} : { refused: { ...agreement.refused, links: refusal(agreed, 'links', reason, context) } };
    agreed = withAgreement(agreed, { ...agreement, writtenAt: context.now, ...stored });
    return outcomeOf(agreed);
  });
  if (stop) throw stop;
}

/** An update that did not work. Answers how its record comes round again, if it does. */
async function takeError(run: Run, write: Write, error: SpecKittyTrackerError, known: Again): Promise<Again | undefined> {
  const { intent, outgoing: out } = write;
  const failureClass = failureClassOf(error);
  // Nobody knows whether a lost answer's request had its effect: the intent stays for the next run to settle.
  if (failureClass === 'transient') {
    run.fail('update', intent.ref, error);
    return undefined;
  }
  await run.commit({ removeIntents: [intent.key] });
  if (error.code === 'sync_conflict') return known;
  if (failureClass === 'not_found') {
    const [record] = await loadPending(run, [intent.recordId]);
    if (record) await notThere(run, record);
    return undefined;
  }
  const capability = 'capability' in error ? String(error.capability) : undefined;
  const named = out.paths.filter((path) => path === capability || coreField(path) === capability);
  const [only, ...others] = named.length > 0 ? named : out.paths;
  const single = named.length > 0 || others.length === 0 || out.paths.every((path) => coreField(path) === 'customFields');
  if (capability === undefined && failureClass !== 'validation') {
    run.fail('update', intent.ref, error);
    return undefined;
  }
  if (!single) return { alone: known.alone ?? new Set() };
  const paths = named.length > 0 ? named : out.paths;
  for (const path of paths) await storeRefusal(run, write, path, error.message);
  run.fail('update', intent.ref, error, only);
  return known;
}

async function storeRefusal(run: Run, write: Write, path: FieldPath, reason: string): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    const [record] = await loadPending(run, [write.record.id]);
    if (!record) return;
    const context = await run.context([record]);
    const agreement = agreementOf(record, run.target);
    const refusedFields = { ...agreement.refused, [path]: refusal(write.record, path, reason, context) };
    const noted = withAgreement(record, { ...agreement, refused: refusedFields });
    if ((await run.commit({ records: [recordWrite(contentOf(noted), record)] })).ok) return;
  }
}
