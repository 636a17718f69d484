import { mergeField } from '../merge/merge-field.ts';
import type { FieldMerge, Value } from '../merge/merge-value.ts';
import { decide, type FieldConflict, type MergeText, type StrategyOption, shown } from '../merge/strategy.ts';
import { noteSwing } from '../merge/swing.ts';
import { type Folding, SET_FIELDS, sameValue } from '../model/equality.ts';
import type { ExternalRef } from '../model/external-ref.ts';
import type { CanonicalIssue, CanonicalLink, IssueFields } from '../model/issue.ts';
import { fingerprint, type JsonValue } from '../model/json.ts';
import { type FieldPath, fieldPaths, fieldsOf, valueAt, withValue } from '../model/snapshot.ts';
import { laterOf } from '../model/timestamp.ts';
import type { OwnershipPolicy, PolicyField } from '../policy/ownership-policy.ts';
import type { TrackerCapabilities } from '../protocol/capabilities.ts';
import type { Ids } from '../protocol/context.ts';
import type { Agreement, OverrideRecord, StoredConflict, StoredRecord } from '../store/records.ts';
import type { SkippedField } from './result.ts';
import type { Translator } from './translator.ts';

/** What planning depends on besides the two sides. Nothing in it is read from outside while planning. */
export interface SyncContext {
  bindingId: string;
  target: string;
  policy: OwnershipPolicy;
  strategy: StrategyOption;
  mergeText?: MergeText | undefined;
  capabilities: TrackerCapabilities;
  /** The connector's mapping fingerprint; empty where it names none. */
  mapping: string;
  /** Fingerprint of everything configured that decides what a tracker accepts: a refusal holds as long as it does. */
  configuration: string;
  translator: Translator;
  ids: Ids;
  now: string;
}

/** A record with what one step of planning has to say of it. */
export interface Outcome {
  record: StoredRecord;
  /** Conflicts to be stored. */
  conflicts: StoredConflict[];
  /** Those among them that are new or newly settled. */
  reported: StoredConflict[];
  overrides: OverrideRecord[];
  skipped: SkippedField[];
}

export function foldingOf(context: SyncContext): Folding {
  const folds = context.capabilities.foldsCase ?? [];
  return context.translator.folding({
    labels: folds.includes('labels'),
    assignees: folds.includes('assignees'),
  });
}

export function agreementOf(record: StoredRecord, target: string): Agreement {
  const agreement = record.agreements.find((candidate) => candidate.target === target);
  if (!agreement) throw new TypeError(`record ${record.id} has no agreement for ${target}`);
  return agreement;
}

export function withAgreement(record: StoredRecord, agreement: Agreement): StoredRecord {
  const agreements = record.agreements.map((old) => (old.target === agreement.target ? agreement : old));
  const first = agreements[0]?.ref ?? record.issue.ref;
  const issue = first === record.issue.ref ? record.issue : { ...record.issue, ref: first };
  return { ...record, issue, agreements };
}

/** Fingerprint of a remote state: where it is as it was, there is nothing to reconcile. */
export function seenOf(remote: CanonicalIssue, mapping: string): string {
  if (remote.version !== undefined) return fingerprint(`${mapping} ${remote.updatedAt} ${remote.version}`);
  return fingerprint(`${mapping} ${remote.updatedAt} ${JSON.stringify(fieldsOf(remote))}`);
}

/** Elements of a set that the other side has no name for: they stay where they are. */
export function residueOf(
  record: StoredRecord,
  path: FieldPath,
  value: Value,
  translator: Translator,
): JsonValue[] {
  if (!Array.isArray(value)) return [];
  if (path === 'assignees')
    return value.filter((id) => translator.toRemotePerson(record, String(id)) === undefined);
  if (path === 'links') {
    return value.filter((link) => translator.toRemoteLink(link as unknown as CanonicalLink) === undefined);
  }
  return [];
}

export function withoutResidue(value: Value, residue: readonly JsonValue[]): Value {
  return residue.length === 0 || !Array.isArray(value)
    ? value
    : value.filter((element) => !residue.includes(element));
}

/** The remote half as it is kept: raw, less people that the record has no name for. */
export function rawRemote(record: StoredRecord, remote: IssueFields, translator: Translator): IssueFields {
  const assignees = remote.assignees.filter((id) => translator.toLocalPerson(record, id) !== undefined);
  return {
    ...fieldsOf(remote),
    assignees: assignees.length === remote.assignees.length ? remote.assignees : assignees,
  };
}

/** One more record than there is: an issue that only the tracker had. Every field is taken, whoever owns it. */
export function importIssue(
  remote: CanonicalIssue,
  context: SyncContext,
): Omit<StoredRecord, 'id' | 'stamp'> {
  const issue: CanonicalIssue = {
    ...fieldsOf(remote),
    ref: remote.ref,
    createdAt: remote.createdAt,
    updatedAt: remote.updatedAt,
  };
  const fields = context.translator.inbound({ issue }, fieldsOf(remote));
  const agreement: Agreement = {
    target: context.target,
    ...stateOf(remote, context),
    pair: { local: fields, remote: rawRemote({ issue } as StoredRecord, remote, context.translator) },
  };
  return {
    revision: 1,
    issue: { ...issue, ...fields },
    agreements: [agreement],
    aliases: {},
    fieldTimes: {},
  };
}

/** What an agreement notes of the remote state it was made with. */
export function stateOf(remote: CanonicalIssue, context: SyncContext): Omit<Agreement, 'target'> {
  return {
    ref: remote.ref,
    seen: seenOf(remote, context.mapping),
    ...(remote.version === undefined ? {} : { version: remote.version }),
    ...(remote.updatedAt === null ? {} : { remoteUpdatedAt: remote.updatedAt }),
    ...(context.mapping === '' ? {} : { mapping: context.mapping }),
  };
}

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
      for (const path of fieldPaths(this.#issue, this.#inbound, pair?.local, pair?.remote)) {
        if (!guarded.has(path)) this.#field(path, pair?.local, baseRemote);
      }
    }
    this.#outcome.record = this.#finish();
    return this.#outcome;
  }

  #field(path: FieldPath, baseLocal: IssueFields | undefined, baseRemote: IssueFields | undefined): void {
    const { translator, policy } = this.#context;
    const whole = valueAt(this.#issue, path);
    const residue = residueOf(this.#record, path, whole, translator);
    const local = withoutResidue(whole, residue);
    const remote = valueAt(this.#inbound, path);
    const open = this.#open.get(path);
    if (open) {
      this.#merge(path, this.#stillOpen(path, open, local, remote), residue);
      return;
    }
    const met = baseLocal && baseRemote && !this.#unmet.has(path);
    const base = met
      ? { local: withoutResidue(valueAt(baseLocal, path), residue), remote: valueAt(baseRemote, path) }
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
    if (merge.outcome === 'same') return;
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
      this.#override(path, 'external', next, merge.lost);
      this.#issue = withValue(this.#issue, path, next);
      this.#restored = true;
      return;
    }
    if (merge.kept) this.#override(path, merge.kept, merge.kept === 'local' ? next : merge.local, merge.lost);
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
    return !SET_FIELDS.has(path) && sameValue(path, baseLocal, next, this.#folding)
      ? valueAt(this.#issue, path)
      : baseLocal;
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

/** An agreement's swings with one more change noted. */
export function swung(
  agreement: Agreement,
  change: Parameters<typeof noteSwing>[1],
): { swings: Record<string, NonNullable<Agreement['swings']>[string]>; frozen: boolean } {
  const { swing, frozen } = noteSwing(agreement.swings?.[change.path], change);
  return { swings: { ...agreement.swings, [change.path]: swing }, frozen };
}

/** The ref under which results speak of a record. */
export function refIn(record: StoredRecord, target: string): ExternalRef {
  return record.agreements.find((agreement) => agreement.target === target)?.ref ?? record.issue.ref;
}
