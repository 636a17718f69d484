import { SyncBusyError } from '../errors/sync-errors.ts';
import { decide } from '../merge/strategy.ts';
import { sameValue } from '../model/equality.ts';
import { type ExternalRef, refIdentity, sameRef } from '../model/external-ref.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import type { FieldPath } from '../model/snapshot.ts';
import { fieldsOf } from '../model/snapshot.ts';
import type { Page } from '../protocol/page.ts';
import type { Commit, RecordWrite } from '../store/backend.ts';
import { recordWrite } from '../store/record-write.ts';
import {
  type Agreement,
  agreementAt,
  type Intent,
  type StoredConflict,
  type StoredRecord,
} from '../store/records.ts';
import {
  agreementOf,
  hasMoved,
  importIssue,
  isStale,
  type Outcome,
  type SyncContext,
  seenOf,
  withAgreement,
} from './agreement.ts';
import { pastLag } from './deletion.ts';
import { descendsFrom } from './hierarchy.ts';
import { reconcile } from './reconcile.ts';
import type { SyncStats } from './result.ts';
import { type Run, StopRun } from './run.ts';
import { settledCreate, settledUpdate } from './settled-writes.ts';

/** Tries of a commit while hosts edit the same records; every loser is one more edit that got in. */
const MAX_COMMIT_TRIES = 100;

export interface IngestOptions {
  /** Read by ref and not from a listing, which may lag: it can bring a tombstone back. */
  direct: boolean;
  /** Written together with the records. */
  extra?: Commit;
  /** Former refs of issues of this page. */
  moved?: Page<unknown>['moved'];
}

/** What one try of a batch would do. */
interface Draft {
  writes: RecordWrite[];
  commit: Commit;
  outcomes: Outcome[];
  stats: Partial<SyncStats>;
  heldBack: ExternalRef[];
}

const count = (stats: Partial<SyncStats>, key: keyof SyncStats): void => {
  stats[key] = (stats[key] ?? 0) + 1;
};

/**
 * Takes issues as the tracker holds them into the store: unknown ones are imported, known ones merged, all in one
 * commit with `extra`. Where a host's edit got in between, it is computed again.
 */
export async function ingest(
  run: Run,
  issues: readonly CanonicalIssue[],
  options: IngestOptions,
): Promise<void> {
  const unique = new Map<string, CanonicalIssue>();
  for (const issue of issues) {
    const identity = refIdentity(issue.ref);
    const shown = unique.get(identity)?.updatedAt;
    // A page may show an issue twice, the newer state first.
    if (!shown || !issue.updatedAt || issue.updatedAt >= shown) unique.set(identity, issue);
  }
  const mapping = run.options.connector.mapping ?? '';
  for (let tries = 0; tries < MAX_COMMIT_TRIES; tries++) {
    const draft = await compute(run, [...unique], mapping, options);
    const putRereads = [
      ...(options.extra?.putRereads ?? []),
      ...draft.heldBack.map((ref) => {
        const from = options.moved?.find(({ to }) => sameRef(to, ref))?.from;
        return { bindingId: run.binding.id, ref, reason: 'held' as const, ...(from ? { from } : {}) };
      }),
    ];
    const commit: Commit = {
      ...options.extra,
      ...draft.commit,
      ...(putRereads.length > 0 ? { putRereads } : {}),
    };
    if (draft.writes.length > 0) commit.records = draft.writes;
    if (Object.keys(commit).length > 0 && !(await run.commit(commit)).ok) continue;
    for (const outcome of draft.outcomes) run.note(outcome);
    for (const [key, value] of Object.entries(draft.stats)) run.stats[key as keyof SyncStats] += value;
    run.emit({ type: 'page', issues: issues.length, unchanged: draft.stats.unchanged ?? 0 });
    return;
  }
  throw new StopRun({ cause: new SyncBusyError('records keep moving while they are merged; try again') });
}

async function compute(
  run: Run,
  items: [string, CanonicalIssue][],
  mapping: string,
  options: IngestOptions,
): Promise<Draft> {
  const draft: Draft = { writes: [], commit: {}, outcomes: [], stats: {}, heldBack: [] };
  const entries = await run.backend.lookup(items.map(([identity]) => identity));
  const known: { identity: string; issue: CanonicalIssue; id: number }[] = [];
  const unknown: CanonicalIssue[] = [];
  items.forEach(([identity, issue], index) => {
    const entry = entries[index];
    if (!entry) unknown.push(issue);
    else if (entry.seen === seenOf(issue, mapping, run.capabilities)) count(draft.stats, 'unchanged');
    else known.push({ identity, issue, id: entry.recordId });
  });
  const ids = known.map(({ id }) => id);
  const loaded = ids.length > 0 ? await run.backend.load(ids) : [];
  const open = ids.length > 0 ? await run.backend.conflicts({ recordIds: ids, status: 'open' }) : [];
  const intents = ids.length + unknown.length > 0 ? await run.backend.intents(run.binding.id) : [];
  const context = await run.context(
    loaded,
    items.map(([, issue]) => issue),
  );
  for (const [index, { identity, issue }] of known.entries()) {
    const record = loaded[index];
    if (record) await takeKnown(run, draft, record, identity, issue, { open, intents, context, options });
  }
  if (unknown.length > 0) await takeUnknown(run, draft, unknown, { intents, context, options });
  const conflicts = draft.outcomes.flatMap((outcome) => outcome.conflicts);
  const overrides = draft.outcomes.flatMap((outcome) => outcome.overrides);
  if (conflicts.length > 0) draft.commit.putConflicts = conflicts;
  if (overrides.length > 0) draft.commit.overrides = overrides;
  return draft;
}

/** The record with the agreement of this ref under this binding's target: the issue may have been another binding's. */
function adopt(record: StoredRecord, identity: string, context: SyncContext): StoredRecord {
  const held = record.aliases[identity] ?? identity;
  const agreements = record.agreements.map((agreement) =>
    refIdentity(agreement.ref) === held && agreement.target !== context.target
      ? { ...agreement, target: context.target }
      : agreement,
  );
  return { ...record, agreements };
}

/** What is the same for every issue of a page. */
interface PageContext {
  open: readonly StoredConflict[];
  intents: readonly Intent[];
  context: SyncContext;
  options: IngestOptions;
}

async function takeKnown(
  run: Run,
  draft: Draft,
  loaded: StoredRecord,
  identity: string,
  listed: CanonicalIssue,
  page: PageContext,
): Promise<void> {
  const { open: openConflicts, intents, context, options } = page;
  const record = adopt(loaded, identity, context);
  const agreement = agreementAt(record, context.target);
  if (!agreement) return;
  const { lagMs = 0, timeGranularityMs = 0 } = context.capabilities;
  // A listing that lags may show it under a former ref: that does not move it back.
  const former = lagMs > 0 && !options.direct && record.aliases[identity] !== undefined;
  const told = options.direct ? listed : withUnlisted(listed, agreement, context);
  if (told !== listed && agreement.seen === seenOf(told, context.mapping, context.capabilities)) {
    count(draft.stats, 'unchanged');
    return;
  }
  const issue = former ? { ...told, ref: agreement.ref } : told;
  if (isStale(agreement, issue, context.capabilities)) {
    count(draft.stats, 'stale');
    return;
  }
  const sameTick = timeGranularityMs > 1 && issue.updatedAt === agreement.remoteUpdatedAt;
  if (!options.direct && lagMs > 0 && (sameTick || !pastLag(run, agreement))) {
    // A listing that lags may show a state from before a relation of ours, which was not answered with a time, or from
    // before another change within the same tick of the tracker's clock.
    draft.heldBack.push(issue.ref);
    return;
  }
  if (agreement.goneAt !== undefined && !options.direct) {
    // A listing may lag behind a deletion: only reading the issue itself brings it back.
    draft.heldBack.push(issue.ref);
    return;
  }
  const intent = intents.find(({ recordId, kind }) => recordId === record.id && kind === 'update');
  if (intent && !options.direct) {
    // What became of our own write is not settled yet, and a listing may be older than it.
    draft.heldBack.push(issue.ref);
    return;
  }
  if (record.deleted?.by === 'local') {
    takeDeleted(run, draft, record, agreement, issue, openConflicts, context);
    return;
  }
  const alive = revived(record, agreement);
  const open = openConflicts.filter(
    (conflict) => conflict.recordId === record.id && conflict.target === context.target,
  );
  let outcome = intent
    ? settledUpdate(alive, intent, issue, open, context)
    : reconcile(alive, issue, open, context);
  if (intent) draft.commit.removeIntents = [...(draft.commit.removeIntents ?? []), intent.key];
  const parent = outcome.record.issue.parent;
  if (
    parent &&
    !sameValue('parent', parent as never, alive.issue.parent as never) &&
    (await descendsFrom(run, parent, record.id))
  ) {
    outcome = reconcile(alive, issue, open, context, new Set<FieldPath>(['parent']));
    // Not all of it is reconciled: it is merged again when it is read again.
    const { seen: _seen, ...rest } = agreementOf(outcome.record, context.target);
    outcome.record = withAgreement(outcome.record, rest);
    outcome.skipped.push({
      issueRef: issue.ref,
      field: 'parent',
      reason: 'cycle',
      detail: 'the new parent is below the issue',
    });
    draft.heldBack.push(issue.ref);
  }
  draft.outcomes.push(outcome);
  const touched = outcome.record.revision !== record.revision;
  count(draft.stats, touched ? 'pulledUpdated' : 'unchanged');
  draft.writes.push(recordWrite(outcome.record, record));
}

/** A listed issue, with what no listing tells as it was when it was last agreed. */
function withUnlisted(
  listed: CanonicalIssue,
  { pair }: Agreement,
  { capabilities: { unlistedFields = [] } }: SyncContext,
): CanonicalIssue {
  if (!pair || unlistedFields.length === 0) return listed;
  return { ...listed, ...Object.fromEntries(unlistedFields.map((field) => [field, pair.remote[field]])) };
}

/** A tombstone whose issue is there again. */
function revived(record: StoredRecord, agreement: Agreement): StoredRecord {
  if (agreement.goneAt === undefined) return record;
  const { goneAt: _goneAt, ...rest } = agreement;
  const { deleted, ...kept } = withAgreement(record, rest);
  return { ...kept, revision: record.revision + (deleted ? 1 : 0) };
}

/** The issue was deleted here. An edit at the tracker since then is a conflict on the field `deleted`. */
function takeDeleted(
  run: Run,
  draft: Draft,
  record: StoredRecord,
  agreement: Agreement,
  issue: CanonicalIssue,
  openConflicts: readonly StoredConflict[],
  context: SyncContext,
): void {
  const { pair } = agreement;
  const deletions = run.options.deletions ?? 'ignore';
  const moved = hasMoved(record, issue, context);
  const guarded = openConflicts.some(
    (conflict) => conflict.recordId === record.id && conflict.field === 'deleted',
  );
  if (deletions === 'ignore' || agreement.deletionSettled || !pair || !moved || guarded) {
    count(draft.stats, 'unchanged');
    return;
  }
  const { choice, strategy } = decide(
    context.strategy,
    { issueRef: issue.ref, field: 'deleted', base: false, local: true, external: false },
    { local: record.deleted?.at, external: issue.updatedAt },
    undefined,
  );
  const resolved =
    choice === 'open'
      ? undefined
      : choice === 'local' || (typeof choice === 'object' && choice.value === true);
  const conflict: StoredConflict = {
    id: context.ids(),
    issueRef: issue.ref,
    field: 'deleted',
    baseValue: false,
    localValue: true,
    externalValue: false,
    externalRaw: JSON.parse(JSON.stringify(fieldsOf(issue))),
    ...(resolved === undefined ? {} : { resolvedValue: resolved }),
    strategy,
    status: resolved === undefined ? 'open' : 'resolved',
    detectedAt: context.now,
    recordId: record.id,
    bindingId: context.bindingId,
    target: context.target,
  };
  let next = record;
  if (resolved === true) {
    const { unmet: _unmet, ...met } = agreement;
    next = withAgreement(record, { ...met, pair: { ...pair, remote: fieldsOf(issue) } });
  } else if (resolved === false) {
    const { deleted: _deleted, ...alive } = record;
    const open = openConflicts.filter(
      (other) => other.recordId === record.id && other.target === context.target,
    );
    const merged = reconcile({ ...alive, revision: record.revision + 1 }, issue, open, context);
    draft.outcomes.push(merged);
    next = merged.record;
    count(draft.stats, 'pulledUpdated');
  }
  draft.outcomes.push({
    record: next,
    conflicts: [conflict],
    reported: [conflict],
    overrides: [],
    skipped: [],
  });
  if (next !== record) draft.writes.push(recordWrite(next, record));
}

async function takeUnknown(
  run: Run,
  draft: Draft,
  issues: CanonicalIssue[],
  { intents, context, options }: Pick<PageContext, 'intents' | 'context' | 'options'>,
): Promise<void> {
  const waiting = intents.filter((intent) => intent.kind === 'create');
  const chosen = run.capabilities.supportsClientIds === true;
  for (const issue of issues) {
    const aliases = await formerRefs(run, issue.ref, options.moved ?? []);
    const names = [refIdentity(issue.ref), ...Object.keys(aliases)];
    const intent = waiting.find(({ key, issue: sent }) =>
      chosen && sent ? names.includes(refIdentity(sent.ref)) : key === issue.correlationKey,
    );
    if (intent) {
      await takeOwn(run, draft, issue, intent, aliases);
    } else if (issue.correlationKey === undefined && mayBeOurs(issue, waiting, run)) {
      draft.heldBack.push(issue.ref);
    } else {
      draft.writes.push(recordWrite({ ...importIssue(issue, context), aliases }));
      count(draft.stats, 'pulledCreated');
    }
  }
}

/** Aliases of an issue for what it is told to have been, and no other one is: others may still name it so. */
async function formerRefs(
  run: Run,
  ref: ExternalRef,
  moved: NonNullable<IngestOptions['moved']>,
): Promise<Record<string, string>> {
  const now = refIdentity(ref);
  const identities = new Set([now]);
  for (const identity of identities)
    for (const { from, to } of moved) if (refIdentity(to) === identity) identities.add(refIdentity(from));
  identities.delete(now);
  if (identities.size === 0) return {};
  const former = [...identities];
  const known = await run.backend.lookup(former);
  return Object.fromEntries(former.filter((_, index) => !known[index]).map((identity) => [identity, now]));
}

/** While a create waits for its answer, an unknown issue without a key that is not older than it may be it. */
function mayBeOurs(issue: CanonicalIssue, waiting: readonly Intent[], run: Run): boolean {
  if (run.capabilities.supportsClientIds) return false;
  return waiting.some(
    ({ since = '', unclearUntil = '\uffff' }) =>
      issue.createdAt === null || (issue.createdAt >= since && issue.createdAt <= unclearUntil),
  );
}

/** The issue that a create of ours made, although its answer never came. */
async function takeOwn(
  run: Run,
  draft: Draft,
  issue: CanonicalIssue,
  intent: Intent,
  aliases: Record<string, string>,
): Promise<void> {
  const [record] = await run.backend.load([intent.recordId]);
  if (!record) return;
  const outcome = settledCreate(record, intent, issue, false, await run.context([record], [issue]));
  draft.outcomes.push(outcome);
  const next = { ...outcome.record, aliases: { ...outcome.record.aliases, ...aliases } };
  draft.writes.push(recordWrite(next, record));
  draft.commit.removeIntents = [...(draft.commit.removeIntents ?? []), intent.key];
  count(draft.stats, 'pushedCreated');
}
