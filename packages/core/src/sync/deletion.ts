import { decide } from '../merge/strategy.ts';
import { sameValue } from '../model/equality.ts';
import { type ExternalRef, isDraftRef, refIdentity } from '../model/external-ref.ts';
import { fieldPaths, valueAt } from '../model/snapshot.ts';
import { instant, laterOf } from '../model/timestamp.ts';
import { parsePage } from '../protocol/page.ts';
import type { Commit } from '../store/backend.ts';
import { joinedConflicts, joinOfOneIssue } from '../store/join-records.ts';
import { recordWrite } from '../store/record-write.ts';
import { type Agreement, agreementAt, type StoredConflict, type StoredRecord } from '../store/records.ts';
import { withAgreement } from './agreement.ts';
import { type Run, StopRun } from './run.ts';

/** Our last write is older than the tracker needs to show it. */
export function pastLag(run: Run, agreement: Agreement): boolean {
  if (agreement.writtenAt === undefined) return true;
  return instant(run.now) - instant(agreement.writtenAt) > (run.capabilities.lagMs ?? 0);
}

/**
 * Whether the container can be read. An issue that is not found proves nothing otherwise: to a token that lost its
 * access, every issue looks deleted.
 */
export async function isShown(run: Run): Promise<boolean> {
  if (run.shown !== undefined) return run.shown;
  const { connector } = run.options;
  try {
    parsePage(await run.read(() => connector.listIssues({ limit: 1, ...run.signalOption })), connector.name);
    run.shown = true;
  } catch (caught) {
    if (caught instanceof StopRun) throw caught;
    run.shown = false;
  }
  return run.shown;
}

/** The tracker does not show an issue that is to be written: it is gone where that is proven, or left for another run. */
export async function notThere(
  run: Run,
  agreement: Agreement,
  operation: 'update' | 'delete',
  extra: Commit = {},
): Promise<void> {
  const { ref } = agreement;
  if (pastLag(run, agreement) && (await isShown(run))) {
    await bury(run, [ref], extra);
    return;
  }
  run.failed({
    issueRef: ref,
    operation,
    code: 'issue_not_found',
    message: `the tracker does not show this issue; whether it is gone or hidden is not known, so the ${operation} stays pending`,
    retryable: true,
  });
}

/** Field paths that the host changed and the tracker never got. */
function unsent(record: StoredRecord, agreement: Agreement): string[] {
  const { pair } = agreement;
  if (!pair) return [];
  return fieldPaths(record.issue, pair.local).filter(
    (path) => !sameValue(path, valueAt(record.issue, path), valueAt(pair.local, path)),
  );
}

/** What becomes of a record whose issue its tracker holds no longer. */
function tombstone(
  record: StoredRecord,
  agreement: Agreement,
  run: Run,
): { record: StoredRecord; conflict?: StoredConflict } {
  const now = run.now;
  const { seen: _seen, ...rest } = agreement;
  const gone = withAgreement(record, { ...rest, goneAt: now });
  // Held at another tracker, it lives on there.
  const elsewhere = gone.agreements.some(({ ref, goneAt }) => goneAt === undefined && !isDraftRef(ref));
  const buried: StoredRecord =
    gone.deleted || elsewhere
      ? gone
      : { ...gone, revision: record.revision + 1, deleted: { at: now, by: 'external' } };
  const paths = record.deleted || elsewhere ? [] : unsent(record, agreement);
  if (paths.length === 0) return { record: buried };
  const edited = paths.reduce<string | null>(
    (latest, path) => laterOf(latest, record.fieldTimes[path]),
    null,
  );
  const { strategy, choice } = decide(
    run.options.strategy ?? 'external_wins',
    { issueRef: agreement.ref, field: 'deleted', base: false, local: false, external: true },
    { local: edited ?? undefined, external: undefined },
    undefined,
  );
  const resolved =
    choice === 'open'
      ? undefined
      : choice === 'external' || (typeof choice === 'object' && choice.value === true);
  const conflict: StoredConflict = {
    id: run.newId(),
    issueRef: agreement.ref,
    field: 'deleted',
    baseValue: false,
    localValue: false,
    externalValue: true,
    ...(resolved === undefined ? {} : { resolvedValue: resolved }),
    strategy,
    status: resolved === undefined ? 'open' : 'resolved',
    detectedAt: now,
    recordId: record.id,
    bindingId: run.binding.id,
    target: run.target,
  };
  return { record: resolved === true ? buried : gone, conflict };
}

/** The open conflicts of an issue that is gone: there is nothing left to decide but whether it shall be. */
export async function endedConflicts(run: Run, recordId: number): Promise<StoredConflict[]> {
  const open = await run.backend.conflicts({ recordIds: [recordId], status: 'open' });
  return open
    .filter(({ target, field }) => target === run.target && field !== 'deleted')
    .map((conflict) => ({ ...conflict, status: 'resolved', strategy: 'deleted' }));
}

/** Issues that the tracker says it holds no longer: tombstones here, in one commit with `extra`. */
export async function bury(run: Run, refs: readonly ExternalRef[], extra: Commit = {}): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const identities = refs.map(refIdentity);
    const entries = await run.backend.lookup(identities);
    const ids = [...new Set(entries.flatMap((entry) => entry?.recordId ?? []))];
    const records = ids.length > 0 ? await run.backend.load(ids) : [];
    const commit: Commit = { ...extra };
    const conflicts: StoredConflict[] = [];
    const ended: StoredConflict[] = [];
    let buried = 0;
    for (const record of records) {
      const agreement = record?.agreements.find(({ ref }) => identities.includes(refIdentity(ref)));
      if (!record || !agreement || agreement.goneAt !== undefined) continue;
      const result = tombstone(record, agreement, run);
      commit.records = [...(commit.records ?? []), recordWrite(result.record, record)];
      if (result.conflict) conflicts.push(result.conflict);
      if (result.record.deleted) ended.push(...(await endedConflicts(run, record.id)));
      if (result.record.deleted && !record.deleted) buried++;
    }
    if (conflicts.length + ended.length > 0) commit.putConflicts = [...conflicts, ...ended];
    if (Object.keys(commit).length > 0 && !(await run.commit(commit)).ok) continue;
    run.conflicts.push(...conflicts);
    run.stats.pulledDeleted += buried;
    return;
  }
}

/**
 * An issue that has another ref now keeps its record; the former ref goes on answering, since other issues may name
 * it. Where the new ref was listed before it was known to be the same issue, its record is taken in. What is `told` may be
 * a step of long ago: an issue that has moved on since stays where it is.
 */
export async function rename(run: Run, from: ExternalRef, to: ExternalRef, told = false): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const [old, taken] = await run.backend.lookup([refIdentity(from), refIdentity(to)]);
    if (old?.recordId === taken?.recordId) return;
    if (!old) {
      const [known] = taken ? await run.backend.load([taken.recordId]) : [];
      if (!known) return;
      const held = known.aliases[refIdentity(to)] ?? refIdentity(to);
      const aliases = { ...known.aliases, [refIdentity(from)]: held };
      if ((await run.commit({ records: [recordWrite({ ...known, aliases }, known)] })).ok) return;
      continue;
    }
    const [record, other] = await run.backend.load([old.recordId, ...(taken ? [taken.recordId] : [])]);
    const held = record?.aliases[refIdentity(from)] ?? refIdentity(from);
    const agreement = record?.agreements.find(({ ref }) => refIdentity(ref) === held);
    if (!record || !agreement) return;
    const { seen: _seen, ...rest } = agreement;
    const movedOn = told && held !== refIdentity(from);
    // The record that is taken in may have moved on itself.
    const theirs = agreementAt(other, agreement.target);
    const ref = movedOn ? agreement.ref : (theirs?.ref ?? to);
    const next = movedOn
      ? { ...record, aliases: { ...record.aliases, [refIdentity(to)]: held } }
      : withAgreement(record, { ...rest, ref });
    const same = other && theirs ? withAgreement(other, { ...theirs, ref }) : other;
    const joined = same && joinOfOneIssue(next, same, agreement.target, run.noting);
    const commit: Commit = { records: [recordWrite(joined?.record ?? next, record)] };
    if (joined) commit.overrides = joined.overrides;
    if (other) {
      commit.removeRecords = [{ id: other.id, stamp: other.stamp }];
      const open = await run.backend.conflicts({ recordIds: [other.id], status: 'open' });
      commit.putConflicts = joinedConflicts(open, record.id);
      // What the tracker changed between the two is seen at the next look.
      commit.putRereads = [{ bindingId: run.binding.id, ref, reason: 'event' }];
    }
    if ((await run.commit(commit)).ok) return;
  }
}
