import {
  type ConflictRecord,
  type ExternalRef,
  type LogQuery,
  type OverrideRecord,
  placeKey,
  type RunRecord,
  refIdentity,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';

/** Which entries of the log. */
export interface LogFilter {
  bindingId?: string;
  /** Any ref of the one issue that entries are of. */
  issueRef?: ExternalRef;
}

/** The newest entries of one kind, and whether there are more. */
export interface Newest<T> {
  entries: T[];
  more: boolean;
}

const PAGE = 500;

/** Newest first, up to the end of the log. */
async function* pages<T extends { id: string }>(
  read: (query: LogQuery) => Promise<T[]>,
  bindingId: string | undefined,
): AsyncGenerator<T[]> {
  // What a run logs meanwhile shifts the pages: then the next one repeats some of this one.
  const told = new Set<string>();
  for (let skip = 0; ; skip += PAGE) {
    const page = await read({ limit: PAGE, skip, ...(bindingId === undefined ? {} : { bindingId }) });
    yield page.filter(({ id }) => !told.has(id));
    for (const { id } of page) told.add(id);
    if (page.length < PAGE) return;
  }
}

/** The first `most` of what meets the filter. */
async function newest<T extends { id: string }>(
  source: AsyncIterable<T[]>,
  most: number,
  meets: (page: T[]) => T[] | Promise<T[]>,
): Promise<Newest<T>> {
  const entries: T[] = [];
  for await (const page of source) {
    entries.push(...(await meets(page)));
    if (entries.length > most) break;
  }
  return { entries: entries.slice(0, most), more: entries.length > most };
}

/** Runs, newest first; of one issue: those in which something of it failed. */
export async function newestRuns(
  store: SyncStore,
  { bindingId, issueRef }: LogFilter,
  most: number,
): Promise<Newest<RunRecord>> {
  const refs = issueRef ? await store.refsOf(issueRef) : undefined;
  const failed = (run: RunRecord): boolean =>
    refs === undefined ||
    refs.some(
      (ref) =>
        run.bindingId.startsWith(`${placeKey(ref)}:`) && run.failures.some(({ issue }) => issue === ref.id),
    );
  return newest(
    pages((query) => store.listRuns(query), bindingId),
    most,
    (page) => page.filter(failed),
  );
}

export async function newestOverrides(
  store: SyncStore,
  { bindingId, issueRef }: LogFilter,
  most: number,
): Promise<Newest<OverrideRecord>> {
  const recordOf = async (refs: readonly ExternalRef[]): Promise<(number | undefined)[]> =>
    (await store.backend.lookup(refs.map(refIdentity))).map((entry) => entry?.recordId);
  const [wanted] = issueRef ? await recordOf([issueRef]) : [];
  return newest(
    pages((query) => store.listOverrides(query), bindingId),
    most,
    async (page) => {
      if (!issueRef) return page;
      // By record: an entry names the issue as it was known then, which may be a draft or a former ref.
      const records = await recordOf(page.map((override) => override.issueRef));
      return page.filter((_, index) => records[index] !== undefined && records[index] === wanted);
    },
  );
}

/** Conflicts that are settled, the last one that was detected first. */
export async function newestSettled(
  store: SyncStore,
  filter: LogFilter,
  most: number,
): Promise<Newest<ConflictRecord>> {
  const settled = (await store.listConflicts({ ...filter, status: 'resolved' })).reverse();
  return { entries: settled.slice(0, most), more: settled.length > most };
}

/** What a run noted: nobody else writes of a binding while it runs. */
export async function notedBy(
  store: SyncStore,
  { bindingId, startedAt, finishedAt }: RunRecord,
): Promise<{ overrides: OverrideRecord[]; conflicts: ConflictRecord[] }> {
  const within = (at: string): boolean => at >= startedAt && at <= finishedAt;
  const { entries } = await newest(
    pages((query) => store.listOverrides(query), bindingId),
    Number.POSITIVE_INFINITY,
    (page) => page.filter(({ at }) => within(at)),
  );
  const conflicts = await store.listConflicts({ bindingId });
  return { overrides: entries, conflicts: conflicts.filter(({ detectedAt }) => within(detectedAt)) };
}

export type LogEntry =
  | { kind: 'run'; id: string; run: RunRecord }
  | { kind: 'override'; id: string; override: OverrideRecord }
  | { kind: 'conflict'; id: string; conflict: ConflictRecord };

const MIN_ID = 4;

/** A run, an override or a conflict by its id, or by the beginning of it where that is enough. @throws UsageError */
export async function findLogged(store: SyncStore, id: string): Promise<LogEntry> {
  const all = Number.POSITIVE_INFINITY;
  const named = <T extends { id: string }>(page: T[]): T[] =>
    page.filter((entry) => entry.id === id || (id.length >= MIN_ID && entry.id.startsWith(id)));
  const runs = await newest(
    pages((query) => store.listRuns(query), undefined),
    all,
    named,
  );
  const overrides = await newest(
    pages((query) => store.listOverrides(query), undefined),
    all,
    named,
  );
  const matching: LogEntry[] = [
    ...runs.entries.map((run): LogEntry => ({ kind: 'run', id: run.id, run })),
    ...overrides.entries.map((override): LogEntry => ({ kind: 'override', id: override.id, override })),
    ...named(await store.listConflicts()).map(
      (conflict): LogEntry => ({ kind: 'conflict', id: conflict.id, conflict }),
    ),
  ];
  const found = matching.find((entry) => entry.id === id) ?? matching[0];
  if (found && (found.id === id || matching.length === 1)) return found;
  throw new UsageError(
    found ? `${id} is the beginning of ${matching.length} ids` : `the log has no entry ${id}`,
    {
      code: found ? 'log_ambiguous' : 'log_unknown',
      fieldPath: 'ID',
      hint: 'See "spec-kitty-tracker log --all"; --json has the whole ids.',
    },
  );
}

/** An issue that the log names, as the store has it now. */
export interface LoggedIssue {
  ref: ExternalRef;
  title: string;
}

/** By the identity of the ref that was asked for; deleted issues too. What the store has no more is missing. */
export async function loggedIssues(
  store: SyncStore,
  refs: readonly ExternalRef[],
): Promise<Map<string, LoggedIssue>> {
  const identities = [...new Set(refs.map(refIdentity))];
  const entries = await store.backend.lookup(identities);
  const records = await store.backend.load(entries.flatMap((entry) => entry?.recordId ?? []));
  const byId = new Map(records.flatMap((record) => (record ? [[record.id, record]] : [])));
  const found = new Map<string, LoggedIssue>();
  identities.forEach((identity, index) => {
    const record = byId.get(entries[index]?.recordId ?? -1);
    if (!record) return;
    const held = record.aliases[identity] ?? identity;
    const agreement = record.agreements.find(({ ref }) => refIdentity(ref) === held);
    found.set(identity, { ref: agreement?.ref ?? record.issue.ref, title: record.issue.title });
  });
  return found;
}
