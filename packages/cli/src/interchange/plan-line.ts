import {
  type BindingRow,
  CORE_ISSUE_FIELDS,
  type ExternalRef,
  fieldsOf,
  type IssueField,
  isDraftRef,
  isTrackerError,
  MemoryBackend,
  RecordStore,
  recordWrite,
  refIdentity,
  type StoredRecord,
  type SyncStore,
  sameValue,
  systemClock,
  targetKey,
  valueAt,
} from '@spec-kitty/tracker-core';
import type { RecordLine, ScopedRef } from './record-line.ts';

/** What an import does with a line. `older`: the store's issue has changed since, and stays. */
export type LineAction = 'created' | 'changed' | 'left' | 'older';

export type LinePlan =
  | { action: Exclude<LineAction, 'changed' | 'created'> }
  | { action: 'created'; record: NewRecord }
  | { action: 'changed'; record: StoredRecord; fields: IssueField[]; refs: ScopedRef[]; aliases: string[] };

export type NewRecord = Omit<StoredRecord, 'id' | 'stamp'>;

/** A line that cannot be imported, although it says something. */
export class LineRefused extends Error {
  readonly code: string;
  readonly fieldPath: string;

  constructor(message: string, details: { code: string; fieldPath: string; cause?: unknown }) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'LineRefused';
    this.code = details.code;
    this.fieldPath = details.fieldPath;
  }
}

export interface PlanLineOptions {
  bindings: readonly BindingRow[];
  /** Takes values also where the store's issue is newer. */
  force: boolean;
  now: string;
}

/** @throws LineRefused */
export async function planLine(
  { backend }: SyncStore,
  line: RecordLine,
  options: PlanLineOptions,
): Promise<LinePlan> {
  const identities = [...line.refs.map(refIdentity), ...Object.keys(line.aliases)];
  const found = await backend.lookup(identities);
  const [id, ...others] = new Set(found.flatMap((entry) => entry?.recordId ?? []));
  if (others.length > 0) {
    throw new LineRefused('its refs are several issues in this store; link them first', {
      code: 'import_apart',
      fieldPath: 'refs',
    });
  }
  if (id === undefined) return { action: 'created', record: await newRecord(line, options) };
  const [record] = await backend.load([id]);
  if (!record) throw new LineRefused('it was removed just now', { code: 'import_moved', fieldPath: 'ref' });
  if (record.deleted)
    throw new LineRefused('it was deleted in this store', { code: 'import_deleted', fieldPath: 'ref' });
  return changeOf(record, line, options);
}

function changeOf(record: StoredRecord, line: RecordLine, { bindings, force }: PlanLineOptions): LinePlan {
  const fields = CORE_ISSUE_FIELDS.filter((field) => !sameField(field, record, line));
  const held = new Set([
    ...record.agreements.map(({ ref }) => refIdentity(ref)),
    ...Object.keys(record.aliases),
  ]);
  const refs = line.refs.filter((ref) => {
    if (held.has(refIdentity(ref))) return false;
    const target = targetOf(ref, bindings);
    const there = record.agreements.find((agreement) => mayBeOne(agreement.target, target));
    if (!there) return true;
    // Its create is under way here under another draft, or done.
    if (isDraftRef(ref)) return false;
    if (isDraftRef(there.ref)) return true;
    throw new LineRefused('it is another issue of that tracker here; unlink that first', {
      code: 'import_apart',
      fieldPath: 'refs',
    });
  });
  const current = new Set(record.agreements.map(({ ref }) => refIdentity(ref)));
  const aliases = Object.entries(line.aliases)
    .filter(([alias, ref]) => !held.has(alias) && current.has(ref))
    .map(([alias]) => alias);
  const isOlder = !force && fields.length > 0 && isBefore(line.issue.updatedAt, record.issue.updatedAt);
  if (isOlder) return { action: 'older' };
  if (fields.length + refs.length + aliases.length === 0) return { action: 'left' };
  return { action: 'changed', record, fields, refs, aliases };
}

function sameField(field: IssueField, record: StoredRecord, { issue }: RecordLine): boolean {
  if (field !== 'customFields') return sameValue(field, valueAt(record.issue, field), valueAt(issue, field));
  const [mine, theirs] = [record.issue.customFields, issue.customFields];
  const keys = new Set([...Object.keys(mine), ...Object.keys(theirs)]);
  return [...keys].every((key) => {
    const [held, given] = [mine, theirs].map((fields) =>
      Object.hasOwn(fields, key) ? fields[key] : undefined,
    );
    return sameValue(`customFields.${key}`, held, given);
  });
}

const isBefore = (a: string | null, b: string | null): boolean => a !== null && b !== null && a < b;

/** As `upsertIssue` makes one, with all its refs at once. */
async function newRecord(line: RecordLine, { bindings, now }: PlanLineOptions): Promise<NewRecord> {
  const [first] = line.refs;
  if (!first) throw new LineRefused('it has no ref', { code: 'import_apart', fieldPath: 'refs' });
  const { correlationKey: _key, ...issue } = line.issue;
  const agreements = line.refs.map((scoped) => ({
    ref: refOf(scoped),
    target: targetOf(scoped, bindings),
  }));
  const record: NewRecord = {
    revision: 1,
    issue: {
      ...issue,
      ...fieldsOf(issue),
      ref: refOf(first),
      createdAt: issue.createdAt ?? now,
      updatedAt: issue.updatedAt ?? now,
    },
    agreements,
    aliases: line.aliases,
    fieldTimes: {},
  };
  if (agreements.length > 1) await requireLinkable(line, bindings);
  return record;
}

/** Its refs are linked in a store of their own, under the same bindings: what refuses them there refuses them here. */
async function requireLinkable({ issue, refs }: RecordLine, bindings: readonly BindingRow[]): Promise<void> {
  await using store = new RecordStore(new MemoryBackend(systemClock));
  for (const binding of bindings) await store.backend.commit({ binding });
  const [first, ...others] = refs;
  if (!first) return;
  const record = { revision: 1, issue: { ...issue, ref: refOf(first) }, aliases: {}, fieldTimes: {} };
  const agreements = [{ ref: refOf(first), target: targetOf(first, bindings) }];
  await store.backend.commit({ records: [recordWrite({ ...record, agreements })] });
  for (const ref of others) {
    const place = { ...ref, scope: scopeOf(ref, bindings) };
    const before = (await store.refsOf(first)).length;
    try {
      if (place.scope === '') await store.linkRef(first, refOf(ref));
      else await store.enrol(first, place);
    } catch (error) {
      if (!isTrackerError(error)) throw error;
      throw new LineRefused(error.message, { code: error.code, fieldPath: 'refs', cause: error });
    }
    if ((await store.refsOf(first)).length > before) continue;
    throw new LineRefused('two of its refs are of one binding', { code: 'import_apart', fieldPath: 'refs' });
  }
}

/** The store keeps refs without the scope. */
function refOf({ scope: _scope, ...ref }: ScopedRef): ExternalRef {
  return ref;
}

function targetOf(ref: ScopedRef, bindings: readonly BindingRow[]): string {
  const { system, workspace } = ref;
  return targetKey({ system, workspace, scope: scopeOf(ref, bindings) });
}

/** As the store understands a place without a scope: the one binding of its workspace, else any. @throws LineRefused */
export function scopeOf(ref: ScopedRef, bindings: readonly BindingRow[]): string {
  if (ref.scope !== undefined) return ref.scope;
  const [only, ...others] = new Set(
    bindings
      .filter(({ system, workspace }) => system === ref.system && workspace === ref.workspace)
      .map(({ scope }) => scope),
  );
  if (others.length === 0) return only ?? '';
  if (!isDraftRef(ref)) return '';
  throw new LineRefused(`${ref.workspace} has several bindings; the ref needs a scope`, {
    code: 'import_scope_missing',
    fieldPath: 'refs[0].scope',
  });
}

/** A target without a scope may be any of its workspace. */
export function mayBeOne(a: string, b: string): boolean {
  const placeOf = (target: string): string => target.slice(0, target.lastIndexOf(':') + 1);
  return a === b || (placeOf(a) === placeOf(b) && (a === placeOf(a) || b === placeOf(b)));
}
