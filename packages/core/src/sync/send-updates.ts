import { CapabilityNotSupportedError } from '../errors/capability-not-supported-error.ts';
import type { RefusedField } from '../errors/fields-refused-error.ts';
import type { SpecKittyTrackerError } from '../errors/tracker-error.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import type { JsonValue } from '../model/json.ts';
import { coreField, type FieldPath } from '../model/snapshot.ts';
import type { WriteOptions } from '../protocol/connector.ts';
import { recordWrite } from '../store/record-write.ts';
import { agreeAsSent, agreeElements } from './agree.ts';
import { agreementOf, type Outcome, outcomeOf, withAgreement } from './agreement.ts';
import { isShown, notThere } from './deletion.ts';
import { refusal } from './outgoing.ts';
import { loadPending } from './push.ts';
import { type Again, openOf, tellRefused, type Write } from './push-updates.ts';
import { reconcile } from './reconcile.ts';
import { failureClassOf, isRefusal, type Run, StopRun } from './run.ts';
import { type Sender, type Sent, send } from './send.ts';
import { rewriteAll, settleUpdates } from './settle-intents.ts';

/** Sends updates, then the relations that go with them. Answers the records that come round again. @throws StopRun */
export async function sendUpdates(
  run: Run,
  writes: readonly Write[],
  queue: ReadonlyMap<number, Again>,
): Promise<Map<number, Again>> {
  const again = new Map<number, Again>();
  const patched = writes.filter((write) => Object.keys(write.outgoing.patch).length > 0);
  const answers = await send(run, patched, sender(run));
  const failed = new Set<Write>();
  const answered: { write: Write; answer: Extract<Sent, { ok: true }> }[] = [];
  for (const [index, write] of patched.entries()) {
    const answer = answers[index];
    if (answer?.ok) answered.push({ write, answer });
    else failed.add(write);
  }
  await takeAnswers(run, answered);
  for (const [index, write] of patched.entries()) {
    const answer = answers[index];
    if (!answer || answer.ok) continue;
    const next = await takeError(run, write, answer.error, queue.get(write.record.id) ?? {});
    if (next) again.set(write.record.id, next);
  }
  for (const write of writes) {
    if (failed.has(write)) continue;
    await sendLinks(run, write);
    const known = queue.get(write.record.id);
    if (known?.alone) again.set(write.record.id, known);
    if (!known?.counted) run.stats.pushedUpdated++;
    if (known) known.counted = true;
    run.emit({ type: 'written', operation: 'update', issueRef: write.intent.ref });
  }
  if (run.stopping) throw run.stopping;
  return again;
}

function sender(run: Run): Sender<Write> {
  const { connector } = run.options;
  const { supportsOptimisticConcurrency, supportsBulkWrite } = run.capabilities;
  const item = (
    write: Write,
  ): { ref: CanonicalIssue['ref']; patch: Write['outgoing']['patch']; options: WriteOptions } => {
    const { intent, remote, outgoing } = write;
    write.tries++;
    const options: WriteOptions = { idempotencyKey: intent.key, previous: remote, ...run.signalOption };
    if (supportsOptimisticConcurrency && remote.version !== undefined) options.ifVersion = remote.version;
    return { ref: intent.ref, patch: outgoing.patch, options };
  };
  return {
    one: (write) => {
      const { ref, patch, options } = item(write);
      return connector.updateIssue(ref, patch, options);
    },
    many:
      supportsBulkWrite && connector.updateIssues
        ? async (writes) => connector.updateIssues?.(writes.map(item))
        : undefined,
    repeatable: true,
  };
}

const hasLinks = ({ outgoing }: Write): boolean => outgoing.addLinks.length + outgoing.removeLinks.length > 0;

/** Agree as sent, then merge the whole answer: it may hold somebody else's edit. */
async function takeAnswers(
  run: Run,
  answered: readonly { write: Write; answer: Extract<Sent, { ok: true }> }[],
): Promise<void> {
  await rewriteAll(
    run,
    answered.map(({ write, answer }) => ({
      intent: write.intent,
      // Until its relations are there too, the write is not done.
      goesOn: hasLinks(write),
      compute: async (record): Promise<Outcome> => {
        const { issue, refused } = answer;
        const { intent, outgoing } = write;
        const context = await run.context([record], [issue]);
        const left = new Set(refused.map(({ field }) => field));
        const paths = outgoing.paths.filter((path) => !left.has(coreField(path)) && !left.has(path));
        const agreed = agreeAsSent(
          record,
          { paths, local: intent.local, patch: outgoing.patch },
          issue,
          context,
        );
        const agreement = { ...agreementOf(agreed, run.target), writtenAt: context.now };
        const asSent = { ...agreed, issue: write.record.issue };
        const stored = { ...agreement.refused, ...refusals(asSent, refused, context) };
        const noted = withAgreement(agreed, {
          ...agreement,
          ...(refused.length > 0 ? { refused: stored } : {}),
        });
        if (noted.deleted) return outcomeOf(noted);
        const open = await run.backend.conflicts({ recordIds: [record.id], status: 'open' });
        return reconcile(noted, issue, openOf(open, record, run), context);
      },
    })),
  );
  for (const { write, answer } of answered) {
    for (const { field, reason } of answer.refused) tellRefused(run, write.intent.ref, field, reason);
  }
}

function refusals(
  record: Outcome['record'],
  fields: readonly RefusedField[],
  context: Parameters<typeof refusal>[3],
): Record<string, ReturnType<typeof refusal>> {
  return Object.fromEntries(
    fields.map(({ field, reason }) => [field, refusal(record, field as FieldPath, reason, context)]),
  );
}

const repeatable = (failureClass: string | null): boolean =>
  failureClass === 'rate_limit' || failureClass === 'transient';

/** One relation at a time; each is agreed as it is done, so that a refused one holds up no other. */
async function sendLinks(run: Run, write: Write): Promise<void> {
  if (!hasLinks(write)) return;
  const { intent, outgoing, remote } = write;
  const { connector } = run.options;
  const added: JsonValue[] = [];
  const removed: JsonValue[] = [];
  let refused: RefusedField | undefined;
  // Of a lost answer nobody knows whether the relation is there: the intent stays for the next run to settle.
  let unclear = false;
  let stop: StopRun | undefined;
  const steps = [
    ...outgoing.addLinks.map((link) => ({ link, add: true })),
    ...outgoing.removeLinks.map((link) => ({ link, add: false })),
  ];
  for (const [index, { link, add }] of steps.entries()) {
    const options = { idempotencyKey: `${intent.key}:${index}`, previous: remote, ...run.signalOption };
    try {
      await run.attempt(async () => {
        if (add) await connector.upsertLink(intent.ref, link, options);
        else if (connector.removeLink) await connector.removeLink(intent.ref, link, options);
        else
          throw new CapabilityNotSupportedError(`${connector.name} removes no links`, {
            capability: 'links',
          });
      }, repeatable);
      (add ? added : removed).push(link as unknown as JsonValue);
    } catch (error) {
      if (error instanceof StopRun) {
        stop = error;
        unclear = true;
        break;
      }
      run.fail('link', intent.ref, error, `links.${link.type}`);
      unclear ||= failureClassOf(error) === 'transient';
      // What is not found is the target, unless everything is hidden.
      const missing = failureClassOf(error) === 'not_found' && (await isShown(run));
      if (isRefusal(error) || missing) {
        refused = { field: 'links', reason: error instanceof Error ? error.message : String(error) };
      }
    }
  }
  const compute = async (record: Outcome['record']): Promise<Outcome> => {
    // With the targets that were just named, so that the local half names them as the record does.
    const named = { ...remote, links: [...remote.links, ...outgoing.addLinks] };
    const context = await run.context([record], [named]);
    const agreed = agreeElements(record, 'links', { added, removed }, context);
    const asSent = { ...agreed, issue: write.record.issue };
    const { seen: _seen, ...agreement } = agreementOf(agreed, run.target);
    const stored = refused
      ? { refused: { ...agreement.refused, ...refusals(asSent, [refused], context) } }
      : {};
    return outcomeOf(withAgreement(agreed, { ...agreement, writtenAt: context.now, ...stored }));
  };
  await rewriteAll(run, [{ intent, goesOn: unclear, compute }]);
  if (stop) throw stop;
}

/** An update that did not work. Answers how its record comes round again, if it does. */
async function takeError(
  run: Run,
  write: Write,
  error: SpecKittyTrackerError,
  known: Again,
): Promise<Again | undefined> {
  const { intent, outgoing } = write;
  const { paths } = outgoing;
  const failureClass = failureClassOf(error);
  const moved = error.code === 'sync_conflict';
  // Nobody knows whether a lost answer's request had its effect: the intent stays for the next run to settle, also where
  // a later try was turned away.
  if (failureClass !== 'transient') {
    const unanswered = write.tries > 1;
    if (moved && unanswered && (await settleUpdates(run, [intent])).length > 0) return undefined;
    if (!unanswered || isRefusal(error)) await run.commit({ removeIntents: [intent.key] });
  }
  if (moved) return known;
  if (failureClass === 'not_found') {
    const [record] = await loadPending(run, [intent.recordId]);
    if (record) await notThere(run, agreementOf(record, run.target), 'update');
    return undefined;
  }
  if (!isRefusal(error)) {
    run.fail('update', intent.ref, error);
    return undefined;
  }
  const capability = 'capability' in error ? String(error.capability) : undefined;
  const named = paths.filter((path) => path === capability || coreField(path) === capability);
  const several = new Set(paths.map(coreField)).size > 1;
  // The refusal names none of several fields: each is sent alone, so that only the one at fault fails.
  if (named.length === 0 && several) return { alone: known.alone ?? new Set() };
  const atFault = named.length > 0 ? named : paths;
  await storeRefusal(run, write, atFault, error.message);
  run.fail('update', intent.ref, error, atFault[0]);
  return known;
}

async function storeRefusal(
  run: Run,
  write: Write,
  paths: readonly FieldPath[],
  reason: string,
): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    const [record] = await loadPending(run, [write.record.id]);
    if (!record) return;
    const agreement = agreementOf(record, run.target);
    const context = await run.context([record]);
    const noted = refusals(
      write.record,
      paths.map((field) => ({ field, reason })),
      context,
    );
    const next = withAgreement(record, { ...agreement, refused: { ...agreement.refused, ...noted } });
    if ((await run.commit({ records: [recordWrite(next, record)] })).ok) return;
  }
}
