import { shown } from '../merge/strategy.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import type { Intent, StoredConflict, StoredRecord } from '../store/records.ts';
import { agreeAsFound, agreeCreated } from './agree.ts';
import { agreementOf, type Outcome, outcomeOf, type SyncContext, withAgreement } from './agreement.ts';
import { reconcile } from './reconcile.ts';

/** An update whose answer was lost, settled by what the tracker holds now. */
export function settledUpdate(
  record: StoredRecord,
  intent: Intent,
  remote: CanonicalIssue,
  open: readonly StoredConflict[],
  context: SyncContext,
): Outcome {
  const { record: agreed, unfound } = agreeAsFound(record, intent, remote, context);
  // What we wrote is nobody's edit against a deletion.
  const outcome = record.deleted ? outcomeOf(agreed) : reconcile(agreed, remote, open, context);
  for (const { path, sent, found } of unfound) {
    // Ours is sent again, or goes with the issue. If somebody had taken it back, this is where their edit is kept.
    outcome.overrides.push({
      id: context.ids(),
      bindingId: context.bindingId,
      issueRef: remote.ref,
      field: path,
      kept: 'local',
      keptValue: shown(sent),
      lostValue: shown(found),
      at: context.now,
    });
  }
  return outcome;
}

/** A draft that the tracker has made: agreed as it was sent, then merged like any read. Its draft ref goes on answering. */
export function settledCreate(
  record: StoredRecord,
  intent: Intent,
  remote: CanonicalIssue,
  answered: boolean,
  context: SyncContext,
  refused?: ReadonlySet<string>,
): Outcome {
  const written = agreeCreated(record, intent, remote, answered, context, refused);
  if (written.deleted) {
    // Its state is not reconciled: the next look at it decides what becomes of the deletion.
    const { seen: _seen, ...unseen } = agreementOf(written, context.target);
    return outcomeOf(withAgreement(written, unseen));
  }
  return reconcile(written, remote, [], context);
}
