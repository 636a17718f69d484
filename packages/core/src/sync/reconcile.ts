import { mergeField } from '../merge/merge-field.ts';
import type { FieldMerge, Value } from '../merge/merge-value.ts';
import { decide, type FieldConflict, shown } from '../merge/strategy.ts';
import { type Folding, SET_FIELDS, sameValue } from '../model/equality.ts';
import type { CanonicalIssue, IssueFields } from '../model/issue.ts';
import type { JsonValue } from '../model/json.ts';
import { customKey, type FieldPath, fieldPaths, fieldsOf, valueAt, withValue } from '../model/snapshot.ts';
import { laterOf } from '../model/timestamp.ts';
import type { PolicyField } from '../policy/ownership-policy.ts';
import type { Agreement, StoredConflict, StoredRecord } from '../store/records.ts';
import {
  agreementOf,
  foldingOf,
  type Outcome,
  rawRemote,
  residueOf,
  type SyncContext,
  stateOf,
  swung,
  withAgreement,
  withoutResidue,
} from './agreement.ts';

/** Whether the same remote version is read under another mapping: it is rebased, not merged. */
function isRemapped(agreement: Agreement, remote: CanonicalIssue, context: SyncContext): boolean {
  if ((agreement.mapping ?? '') === context.mapping) return false;
  return agreement.version === undefined
    ? remote.version === undefined &&
        remote.updatedAt !== null &&
        agreement.remoteUpdatedAt === remote.updatedAt
    : agreement.version === remote.version;
}

/**
 * Merges what the tracker holds now into a record, field by field, but for the `guarded` ones. Without `remote`, what
 * it held at the last agreement: then only local changes can come of it. Pure.
 *
 * After it: a field whose local value differs from `pair.local` is pending, a field without conflict has the
 * tracker's value in `pair.remote`, and everything that lost is in `conflicts` or `overrides`.
 */
export function reconcile(
  record: StoredRecord,
  remote: CanonicalIssue | undefined,
  openConflicts: readonly StoredConflict[],
  context: SyncContext,
  guarded: ReadonlySet<FieldPath> = new Set(),
): Outcome {
  return new Reconciliation(record, remote, openConflicts, context).run(guarded);
}

class Reconciliation {
  readonly #record: StoredRecord;
  readonly #remote: CanonicalIssue | undefined;
  readonly #open: Map<string, StoredConflict>;
  readonly #context: SyncContext;
  readonly #agreement: Agreement;
  readonly #folding: Folding;
  readonly #outcome: Outcome;
  /** What the tracker holds, in the record's terms, and as it is kept. */
  readonly #inbound: IssueFields;
  readonly #raw: IssueFields;
  #issue: CanonicalIssue;
  #local: IssueFields;
  #half: IssueFields;
  #unmet: Set<string>;
  #taken = false;
  #restored = false;

  constructor(
    record: StoredRecord,
    remote: CanonicalIssue | undefined,
    openConflicts: readonly StoredConflict[],
    context: SyncContext,
  ) {
    this.#record = record;
    this.#remote = remote;
    this.#context = context;
    this.#open = new Map(openConflicts.map((conflict) => [conflict.field, conflict]));
    this.#agreement = { ...agreementOf(record, context.target) };
    this.#folding = foldingOf(context);
    this.#outcome = { record, conflicts: [], reported: [], overrides: [], skipped: [] };
    this.#issue = record.issue;
    const { pair } = this.#agreement;
    const held = remote ?? pair?.remote;
    if (!held) throw new TypeError(`record ${record.id} has nothing to be reconciled with`);
    this.#raw = rawRemote(record, held, context.translator);
    this.#inbound = context.translator.inbound(record, this.#raw);
    this.#local = pair?.local ?? { ...fieldsOf(record.issue), customFields: {} };
    this.#half = pair?.remote ?? this.#raw;
    this.#unmet = new Set(this.#agreement.unmet);
  }

  run(guarded: ReadonlySet<FieldPath>): Outcome {
    const { pair } = this.#agreement;
    if (pair && this.#remote && isRemapped(this.#agreement, this.#remote, this.#context)) {
      this.#half = this.#raw;
    } else {
      const baseRemote = pair && this.#context.translator.inbound(this.#record, pair.remote);
      const paths = new Set(fieldPaths(this.#issue, this.#inbound, pair?.local, pair?.remote));
      // A custom key that both sides took away again stands in its open conflict alone.
      for (const field of this.#open.keys())
        if (customKey(field) !== undefined) paths.add(field as FieldPath);
      for (const path of paths) if (!guarded.has(path)) this.#field(path, pair?.local, baseRemote);
    }
    this.#outcome.record = this.#finish();
    return this.#outcome;
  }

  #field(path: FieldPath, baseLocal: IssueFields | undefined, baseRemote: IssueFields | undefined): void {
    const { translator, policy } = this.#context;
    const whole = valueAt(this.#issue, path);
    const residue = residueOf(this.#record, path, whole, translator);
    const local = withoutResidue(this.#record, path, whole, translator);
    const remote = valueAt(this.#inbound, path);
    const open = this.#open.get(path);
    if (open) {
      this.#merge(path, this.#stillOpen(path, open, local, remote), residue);
      return;
    }
    const met = baseLocal && baseRemote && !this.#unmet.has(path);
    const base = met
      ? {
          local: withoutResidue(this.#record, path, valueAt(baseLocal, path), translator),
          remote: valueAt(baseRemote, path),
        }
      : undefined;
    const owner = policy.ownerFor(path as PolicyField);
    const merge = mergeField({
      path,
      owner,
      ...(base ? { base } : {}),
      local,
      remote,
      folding: this.#folding,
    });
    if (merge.outcome === 'same') {
      if (base && sameValue(path, base.local, local, this.#folding)) this.#respell(path, base.local, local);
      return;
    }
    if (merge.outcome === 'conflict') {
      this.#settle(path, base, local, remote);
      return;
    }
    if (merge.outcome === 'merged' && base && this.#swingsBack(path, base, merge.local)) {
      this.#conflict(path, base, local, remote, 'reversal', 'open');
      return;
    }
    this.#merge(path, merge, residue);
  }

  /** A link by the draft ref of an issue that has another ref by now is agreed as it stands here: it is not pending. */
  #respell(path: FieldPath, agreed: Value, local: Value): void {
    if (!sameValue(path, agreed, local)) this.#local = withValue(this.#local, path, local);
  }

  /** An open conflict guards its field: only two sides that have become equal close it. */
  #stillOpen(path: FieldPath, open: StoredConflict, local: Value, remote: Value): FieldMerge {
    if (!this.#remote) {
      // What the tracker holds now is not known here: only a new local value is news.
      if (!sameValue(path, open.localValue, shown(local), this.#folding)) {
        this.#outcome.conflicts.push({ ...open, localValue: shown(local) });
      }
      return { outcome: 'same' };
    }
    if (sameValue(path, local, remote, this.#folding)) {
      const settled: StoredConflict = {
        ...open,
        status: 'resolved',
        strategy: 'equal',
        resolvedValue: shown(local),
      };
      this.#outcome.conflicts.push(settled);
      this.#outcome.reported.push(settled);
      return { outcome: 'merged', local, baseLocal: local };
    }
    const moved =
      !sameValue(path, open.localValue, shown(local), this.#folding) ||
      !sameValue(path, open.externalValue, shown(remote), this.#folding);
    if (moved) {
      this.#outcome.conflicts.push({ ...open, ...this.#sides(path, local, remote) });
    }
    return { outcome: 'same' };
  }

  #sides(path: FieldPath, local: Value, remote: Value): Pick<StoredConflict, 'localValue' | 'externalValue'> {
    const raw = valueAt(this.#raw, path);
    const externalUpdatedAt = this.#remote?.updatedAt;
    return {
      localValue: shown(local),
      externalValue: shown(remote),
      ...(path === 'parent' && raw !== undefined ? { externalRaw: raw } : {}),
      ...(externalUpdatedAt ? { externalUpdatedAt } : {}),
    };
  }

  #settle(path: FieldPath, base: { local: Value } | undefined, local: Value, remote: Value): void {
    const { strategy, mergeText } = this.#context;
    const conflict: FieldConflict = {
      issueRef: this.#agreement.ref,
      field: path,
      base: shown(base?.local),
      local: shown(local),
      external: shown(remote),
    };
    const times = { local: this.#record.fieldTimes[path], external: this.#remote?.updatedAt };
    const decision = decide(strategy, conflict, times, mergeText);
    this.#conflict(path, base, local, remote, decision.strategy, decision.choice);
  }

  /** Records a decision: the pair is what the tracker holds, and local the chosen value. */
  #conflict(
    path: FieldPath,
    base: { local: Value } | undefined,
    local: Value,
    remote: Value,
    strategy: string,
    choice: 'local' | 'external' | 'open' | { value: JsonValue },
  ): void {
    const { ids, now, bindingId, target } = this.#context;
    const chosen = choice === 'local' ? local : typeof choice === 'object' ? choice.value : remote;
    const conflict: StoredConflict = {
      id: ids(),
      issueRef: this.#agreement.ref,
      field: path,
      ...(base?.local === undefined ? {} : { baseValue: base.local }),
      ...this.#sides(path, local, remote),
      ...(choice === 'open' ? {} : { resolvedValue: shown(chosen) }),
      strategy,
      status: choice === 'open' ? 'open' : 'resolved',
      detectedAt: now,
      recordId: this.#record.id,
      bindingId,
      target,
    };
    this.#outcome.conflicts.push(conflict);
    this.#outcome.reported.push(conflict);
    if (choice === 'open') {
      if (!base) this.#unmet.add(path);
      return;
    }
    const agreed = sameValue(path, chosen, remote, this.#folding) ? chosen : remote;
    this.#merge(path, { outcome: 'merged', local: chosen, baseLocal: agreed }, []);
  }

  #merge(path: FieldPath, merge: FieldMerge, residue: readonly JsonValue[]): void {
    if (merge.outcome === 'same' || merge.outcome === 'conflict') return;
    const before = valueAt(this.#issue, path);
    const next =
      residue.length > 0 && Array.isArray(merge.local) ? [...merge.local, ...residue] : merge.local;
    if (merge.outcome === 'put_back') {
      this.#override(path, 'external', next, before);
      this.#issue = withValue(this.#issue, path, next);
      this.#restored = true;
      return;
    }
    // What local held is told whole: taken back, it shall not lose whom the tracker has no name for.
    if (merge.kept) this.#override(path, merge.kept, next, merge.kept === 'local' ? merge.lost : before);
    if (!sameValue(path, before, next, this.#folding)) {
      this.#issue = withValue(this.#issue, path, next);
      this.#taken = true;
    }
    this.#local = withValue(this.#local, path, this.#halfOf(path, merge.baseLocal, next));
    this.#half = withValue(this.#half, path, valueAt(this.#raw, path));
    this.#unmet.delete(path);
  }

  /** Where local agrees, its own half is its own value to the letter, so that a second look finds them the same. */
  #halfOf(path: FieldPath, baseLocal: Value, next: Value): Value {
    return sameValue(path, baseLocal, next, this.#folding) ? valueAt(this.#issue, path) : baseLocal;
  }

  #override(path: FieldPath, kept: 'local' | 'external', keptValue: Value, lost: Value): void {
    const { ids, now, bindingId } = this.#context;
    this.#outcome.overrides.push({
      id: ids(),
      bindingId,
      issueRef: this.#agreement.ref,
      field: path,
      kept,
      keptValue: shown(keptValue),
      lostValue: shown(lost),
      at: now,
    });
  }

  /** Notes that the tracker changed a field; true where that is one reversal too many. */
  #swingsBack(path: FieldPath, base: { local: Value }, next: Value): boolean {
    if (SET_FIELDS.has(path) || sameValue(path, base.local, next, this.#folding)) return false;
    const noted = swung(this.#agreement, {
      path,
      side: 'external',
      from: base.local,
      to: next,
      now: this.#context.now,
    });
    this.#agreement.swings = noted.swings;
    return noted.frozen;
  }

  #finish(): StoredRecord {
    const record = this.#record;
    const remote = this.#remote;
    const { unmet: _unmet, ...rest } = this.#agreement;
    const agreement: Agreement = {
      ...rest,
      ...(remote ? stateOf(remote, this.#context) : {}),
      pair: { local: this.#local, remote: this.#half },
      ...(this.#unmet.size > 0 ? { unmet: [...this.#unmet].sort() } : {}),
    };
    const changed = this.#taken || this.#restored;
    const issue = this.#taken
      ? { ...this.#issue, updatedAt: laterOf(this.#issue.updatedAt, remote?.updatedAt) }
      : this.#issue;
    return withAgreement({ ...record, revision: record.revision + (changed ? 1 : 0), issue }, agreement);
  }
}
