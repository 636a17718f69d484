import { draftRef, isDraftRef } from '../model/external-ref.ts';
import { contestedField, OwnershipPolicy } from '../policy/ownership-policy.ts';
import { matchesQuery } from '../store/matches-query.ts';
import { recordWrite } from '../store/record-write.ts';
import { agreementAt, type StoredRecord, targetKey } from '../store/records.ts';
import { pushCreates } from './push-creates.ts';
import { pushDeletes } from './push-deletes.ts';
import { pushUpdates } from './push-updates.ts';
import type { Run } from './run.ts';

/** Records that are looked at together: as many as the tracker takes at once, within what a process holds well. */
export function batchOf(run: Run): number {
  return Math.min(1000, Math.max(100, run.capabilities.limits?.batchSize ?? 0));
}

/** Sends what is pending: creates first, parents before children, then changes and deletions. @throws StopRun */
export async function push(run: Run): Promise<void> {
  await enrol(run);
  if (run.capabilities.supportsWrite === false) return;
  const inFlight = async (): Promise<Set<number>> =>
    new Set((await run.backend.intents(run.binding.id)).map((intent) => intent.recordId));
  await pushCreates(run, await inFlight());
  const waiting = await inFlight();
  let after = 0;
  for (;;) {
    const ids = await run.backend.pending(run.targets, { after, limit: batchOf(run) });
    const last = ids.at(-1);
    if (last === undefined) return;
    after = last;
    const records = (await loadPending(run, ids)).filter(
      (record) =>
        !waiting.has(record.id) &&
        record.agreements.some(({ target, ref }) => target === run.target && !isDraftRef(ref)),
    );
    await pushDeletes(
      run,
      records.filter((record) => record.deleted),
    );
    await pushUpdates(
      run,
      records.filter((record) => !record.deleted).map((record) => record.id),
    );
  }
}

/** Records by id, each with its agreement under this binding's own target. */
export async function loadPending(run: Run, ids: number[]): Promise<StoredRecord[]> {
  const records = await run.backend.load(ids);
  return records.flatMap((record) => {
    if (!record) return [];
    const agreements = record.agreements.map((agreement) =>
      run.targets.includes(agreement.target) ? { ...agreement, target: run.target } : agreement,
    );
    return [{ ...record, agreements }];
  });
}

/** Gives issues that meet the engine's `enrol` filter a draft ref here. Looks only at what was written since last time. */
async function enrol(run: Run): Promise<void> {
  const { enrol: query } = run.options;
  if (!query) return;
  for (;;) {
    const { ids, sequence } = await run.backend.changed(run.binding.enrolled, batchOf(run));
    if (ids.length === 0) return;
    const records = await loadPending(run, [...new Set(ids)]);
    const wanted = records.filter(
      (record) => !record.deleted && matchesQuery(record, query) && !agreementAt(record, run.target),
    );
    const rows = await run.backend.bindings();
    const writes = wanted.flatMap((record) => {
      const held = rows.filter((row) => record.agreements.some(({ target }) => target === targetKey(row)));
      const policies = held.map((row) => OwnershipPolicy.fromJSON(row.policy));
      const fieldPath = contestedField([run.options.policy, ...policies]);
      if (fieldPath !== undefined) {
        const { ref: issueRef } = record.issue;
        const message = `not enrolled: two policies give ${fieldPath} to their tracker`;
        run.failed({
          issueRef,
          operation: 'create',
          code: 'connector_config',
          fieldPath,
          message,
          retryable: false,
        });
        return [];
      }
      const agreement = { ref: draftRef(run.binding, run.newId()), target: run.target };
      return recordWrite({ ...record, agreements: [...record.agreements, agreement] }, record);
    });
    const binding = { ...run.binding, enrolled: sequence };
    const result = await run.commit({ records: writes, binding });
    if (result.ok) run.binding = binding;
  }
}
