import { isDraftRef } from '../model/external-ref.ts';
import { fieldsOf } from '../model/snapshot.ts';
import type { WriteOptions } from '../protocol/connector.ts';
import type { Commit } from '../store/backend.ts';
import { recordWrite } from '../store/record-write.ts';
import type { Intent, StoredRecord } from '../store/records.ts';
import { agreementOf, hasMoved, withAgreement } from './agreement.ts';
import { endedConflicts, notThere } from './deletion.ts';
import { ingest } from './ingest.ts';
import { readIssues } from './read-issues.ts';
import { type Run, StopRun } from './run.ts';

/** Settles issues that were deleted here, as the engine's `deletions` says. @throws StopRun */
export async function pushDeletes(run: Run, records: readonly StoredRecord[]): Promise<void> {
  const mode = run.options.deletions ?? 'ignore';
  for (const record of records) {
    const { ref, pair } = agreementOf(record, run.target);
    const closes = mode === 'close' || !run.options.connector.deleteIssue;
    const barred = mode !== 'ignore' && closes && !run.options.policy.localCanWrite('status');
    if (barred) run.skipped.push({ issueRef: ref, field: 'status', reason: 'owned_by_tracker' });
    if (barred || mode === 'ignore' || isDraftRef(ref) || !pair) await settle(run, record);
    else await deleteThere(run, record, mode);
  }
}

/** The tracker is not to be asked about this deletion again. */
async function settle(run: Run, record: StoredRecord, extra: Commit = {}): Promise<void> {
  const settled = withAgreement(record, { ...agreementOf(record, run.target), deletionSettled: true });
  const putConflicts = await endedConflicts(run, record.id);
  await run.commit({ ...extra, records: [recordWrite(settled, record)], putConflicts });
}

async function deleteThere(run: Run, record: StoredRecord, mode: 'close' | 'delete'): Promise<void> {
  const { connector } = run.options;
  const { ref } = agreementOf(record, run.target);
  const [answer] = await readIssues(run, [ref]);
  if (answer?.kind === 'failed') run.fail('delete', ref, answer.error);
  if (answer?.kind === 'missing') await notThere(run, agreementOf(record, run.target), 'delete');
  if (answer?.kind !== 'found') return;
  const { issue } = answer;
  if (hasMoved(record, issue, await run.context([record], [issue]))) {
    // Somebody changed it since: the pull's rules decide, and the next visit goes by that.
    await ingest(run, [issue], { direct: true });
    const [moved] = await run.backend.load([record.id]);
    if (!moved?.deleted || moved.stamp === record.stamp) return;
    const [open] = await run.backend.conflicts({ recordIds: [record.id], status: 'open' });
    if (open) return;
  }
  const intent: Intent = {
    key: run.newId(),
    bindingId: run.binding.id,
    recordId: record.id,
    ref,
    kind: 'delete',
    at: run.now,
    local: fieldsOf(record.issue),
    paths: [],
  };
  await run.commit({ putIntents: [intent] });
  const options: WriteOptions = { idempotencyKey: intent.key, previous: issue, ...run.signalOption };
  // What somebody does from here on must not go with the issue unseen.
  if (run.capabilities.supportsOptimisticConcurrency && issue.version !== undefined)
    options.ifVersion = issue.version;
  try {
    await run.attempt(
      async () => {
        if (mode === 'delete' && connector.deleteIssue) await connector.deleteIssue(ref, options);
        else await connector.updateIssue(ref, { status: 'canceled' }, options);
      },
      (failureClass) => failureClass === 'rate_limit' || failureClass === 'transient',
    );
  } catch (error) {
    if (error instanceof StopRun) throw error;
    run.fail('delete', ref, error);
    await run.commit({ removeIntents: [intent.key] });
    return;
  }
  const [now] = await run.backend.load([record.id]);
  if (now?.deleted)
    await settle(
      run,
      { ...now, agreements: now.agreements.map((agreement) => ({ ...agreement })) },
      { removeIntents: [intent.key] },
    );
  else await run.commit({ removeIntents: [intent.key] });
  run.stats.pushedDeleted++;
  run.emit({ type: 'written', operation: 'delete', issueRef: ref });
}
