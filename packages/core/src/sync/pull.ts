import { TrackerContractError } from '../errors/contract-errors.ts';
import { type ExternalRef, refIdentity, sameRef } from '../model/external-ref.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import { fingerprint, type JsonValue, stableStringify } from '../model/json.ts';
import { instant, laterOf, shiftTimestamp } from '../model/timestamp.ts';
import { type Page, parsePage } from '../protocol/page.ts';
import type { Commit } from '../store/backend.ts';
import { agreementAt, type BindingRow, type Reread } from '../store/records.ts';
import { bury, isShown, pastLag, rename } from './deletion.ts';
import { ingest } from './ingest.ts';
import { parseAnswer, readIssues, refOfItem } from './read-issues.ts';
import { asTrackerError, failureClassOf, type Run, StopRun } from './run.ts';

type Listing = NonNullable<BindingRow['listing']>;

const DEFAULT_OVERLAP_MS = 120_000;
/**
 * A time so far ahead of our clock is wrong. It does not move the watermark: from there on no change would be seen. A
 * clock of ours that is behind only makes listings longer.
 */
const MAX_AHEAD_MS = 172_800_000;
/** So many pages without an issue are a connector that walks in place. */
const MAX_EMPTY_PAGES = 1000;

/** Brings what changed at the tracker: first what is to be read again, then the listing. @throws StopRun */
export async function pull(run: Run): Promise<void> {
  const { missing, unlisted } = await readAgain(run);
  const seen = run.full ? new Set<string>() : undefined;
  const resumed = run.binding.checkpoint.cursor !== undefined && !run.full;
  run.shown = await readListing(run, seen);
  if (run.shown && seen) await findMissing(run, seen);
  // No listing told where it came from: the next run takes it as it is.
  const putRereads = unlisted.map((entry) => ({ ...entry, reason: 'held' as const }));
  if (run.shown && !resumed && putRereads.length > 0) await run.commit({ putRereads });
  await settleMissing(run, missing);
}

interface ReadAgain {
  /** The tracker does not have them. */
  missing: Reread[];
  /** The store does not have them, and nothing says that they are new: a listing is to tell whether they moved here. */
  unlisted: Reread[];
}

/** Reads what earlier runs and webhooks left to be read again. */
export async function readAgain(run: Run): Promise<ReadAgain> {
  const missing: Reread[] = [];
  const unlisted: Reread[] = [];
  const waiting = await allRereads(run);
  for (let start = 0; start < waiting.length; start += 100) {
    const entries = waiting.slice(start, start + 100);
    for (const entry of entries) if (entry.from) await rename(run, entry.from, entry.ref, true);
    const answers = await readIssues(
      run,
      entries.map((entry) => entry.ref),
    );
    const known = await run.backend.lookup(entries.map(({ ref }) => refIdentity(ref)));
    const found: { entry: Reread; issue: CanonicalIssue }[] = [];
    for (const [index, entry] of entries.entries()) {
      const answer = answers[index];
      if (answer?.kind === 'found' && !known[index] && entry.reason === 'event') {
        // Taken for a new one, an issue that moved would be created at other trackers once more.
        unlisted.push(entry);
      } else if (answer?.kind === 'found') {
        found.push({ entry, issue: answer.issue });
      } else if (answer?.kind === 'missing') {
        missing.push(entry);
      } else if (answer) {
        run.fail('pull_issue', entry.ref, answer.error);
      }
    }
    const moved = found.flatMap(({ entry, issue: { ref } }) => [
      ...(entry.from ? [{ from: entry.from, to: ref }] : []),
      ...(sameRef(entry.ref, ref) ? [] : [{ from: entry.ref, to: ref }]),
    ]);
    await ingest(
      run,
      found.map(({ issue }) => issue),
      { direct: true, extra: { removeRereads: found.map(({ entry }) => removal(entry)) }, moved },
    );
  }
  return { missing, unlisted };
}

/** As they stand when the run begins: what is put back meanwhile waits for the next one. */
async function allRereads(run: Run): Promise<Reread[]> {
  const all: Reread[] = [];
  for (;;) {
    const page = await run.backend.rereads(run.binding.id, { after: all.at(-1)?.sequence ?? 0, limit: 500 });
    if (page.length === 0) return all;
    all.push(...page);
  }
}

const removal = (entry: Reread): { bindingId: string; identity: string; sequence: number } => ({
  bindingId: entry.bindingId,
  identity: refIdentity(entry.ref),
  sequence: entry.sequence,
});

/** Issues that were asked for by name and are not there: gone only where something says so. */
export async function settleMissing(run: Run, entries: readonly Reread[]): Promise<void> {
  for (const entry of entries) {
    const [known] = await run.backend.lookup([refIdentity(entry.ref)]);
    const [record] = known ? await run.backend.load([known.recordId]) : [];
    const agreement = record?.agreements.find(({ ref }) => sameRef(ref, entry.ref));
    const proven =
      entry.reason === 'deleted' || ((!agreement || pastLag(run, agreement)) && (await isShown(run)));
    if (proven) await bury(run, agreement ? [entry.ref] : [], { removeRereads: [removal(entry)] });
    else run.failed(notThere(entry.ref));
  }
}

function notThere(ref: ExternalRef): Parameters<Run['failed']>[0] {
  return {
    issueRef: ref,
    operation: 'pull_issue',
    code: 'issue_not_found',
    message:
      'the tracker does not show this issue; whether it is gone or hidden is not known, so it is kept and read again',
    retryable: true,
  };
}

/** Where the listing goes on, or how a new one begins. */
function beginListing(run: Run): { row: BindingRow; listing: Listing } {
  const { filters, overlapMs } = run.options;
  const fresh = fingerprint(stableStringify((filters ?? {}) as JsonValue));
  let row: BindingRow = run.binding;
  if (row.filters !== fresh) {
    const { listing: _listing, ...rest } = row;
    // A row that never saw filters has no checkpoint but one that the host restored.
    row = { ...rest, filters: fresh, checkpoint: row.filters === '' ? row.checkpoint : {} };
  }
  // A full listing always begins at the beginning: only then does it show what is missing.
  const goesOn = row.checkpoint.cursor !== undefined && row.listing?.full === false && !run.full;
  if (goesOn && row.listing) return { row, listing: row.listing };
  const { cursor: _cursor, ...checkpoint } = row.checkpoint;
  const { lagMs = 0, timeGranularityMs = 0 } = run.capabilities;
  const back = Math.max(overlapMs ?? DEFAULT_OVERLAP_MS, lagMs + timeGranularityMs);
  const since =
    run.full || checkpoint.updatedSince === undefined
      ? undefined
      : shiftTimestamp(checkpoint.updatedSince, -back);
  const listing: Listing = {
    begun: run.now,
    full: run.full,
    mark: '',
    steps: 0,
    power: 1,
    ...(since === undefined ? {} : { since }),
  };
  return { row: { ...row, checkpoint }, listing };
}

/** Reads the listing to its end. True when it got there. `seen` collects what it showed. */
async function readListing(run: Run, seen: Set<string> | undefined): Promise<boolean> {
  let { row, listing } = beginListing(run);
  let empty = 0;
  for (;;) {
    await run.step();
    let page: Page<unknown>;
    try {
      page = await readPage(run, row, listing);
    } catch (caught) {
      if (caught instanceof StopRun) throw caught;
      await listingFailed(run, row, caught);
      return false;
    }
    const next = page.nextCursor;
    const step = next === undefined ? listing : stepped(listing, next);
    empty = page.items.length === 0 ? empty + 1 : 0;
    const stuck =
      next !== undefined &&
      (next === row.checkpoint.cursor || next === listing.mark || empty > MAX_EMPTY_PAGES);
    const { issues, bad } = parseItems(run, page);
    const horizon = shiftTimestamp(run.now, MAX_AHEAD_MS);
    const high = issues.reduce(
      (latest, { updatedAt }) =>
        updatedAt !== null && updatedAt > horizon ? latest : laterOf(latest, updatedAt),
      listing.high ?? null,
    );
    listing = { ...step, ...(high === null ? {} : { high }) };
    const after =
      next === undefined
        ? finished(run, row, listing)
        : { ...row, listing, checkpoint: { ...row.checkpoint, cursor: next } };
    const { moved = [] } = page;
    for (const { from, to } of moved) await rename(run, from, to, true);
    if (stuck) {
      await ingest(run, issues, { direct: false, extra: bad, moved });
      await listingFailed(
        run,
        row,
        new TrackerContractError('the listing answered a cursor that it had answered before', {
          provider: run.options.connector.name,
          kind: 'cursor',
          fieldPath: 'nextCursor',
        }),
      );
      return false;
    }
    // A full listing never resumes, so where it stands is of no use until it ends.
    const moves = listing.full && next !== undefined ? {} : { binding: after };
    await ingest(run, issues, { direct: false, extra: { ...bad, ...moves }, moved });
    if (page.gone && page.gone.length > 0) await bury(run, page.gone);
    if (seen) for (const issue of issues) seen.add(refIdentity(issue.ref));
    row = after;
    run.binding = after;
    if (next === undefined) return true;
  }
}

async function readPage(run: Run, row: BindingRow, listing: Listing): Promise<Page<unknown>> {
  const { connector, filters, pageSize } = run.options;
  const limit = Math.max(1, Math.min(pageSize ?? 100, run.capabilities.limits?.pageSize ?? 100));
  const answer: unknown = await run.read(() =>
    connector.listIssues({
      limit,
      ...(listing.since === undefined ? {} : { updatedSince: listing.since }),
      ...(row.checkpoint.cursor === undefined ? {} : { cursor: row.checkpoint.cursor }),
      ...(filters ? { filters } : {}),
      ...run.signalOption,
    }),
  );
  return parsePage(answer, connector.name);
}

/** Brent's way to find a cycle with one mark: the mark is set anew after 1, 2, 4, 8 … steps. */
function stepped(listing: Listing, cursor: string): Listing {
  const steps = listing.steps + 1;
  return steps < listing.power
    ? { ...listing, steps }
    : { ...listing, mark: cursor, steps: 0, power: listing.power * 2 };
}

/**
 * In a listing that is not in order of time, an issue may change after its place was passed, and a later place show a
 * greater time. So the watermark stays behind by as long as the listing took: a span, in which clocks need not agree.
 */
function finished(run: Run, row: BindingRow, listing: Listing): BindingRow {
  const { listing: _listing, ...rest } = row;
  const took =
    run.capabilities.ordering === 'oldest_first' ? 0 : instant(run.now) - instant(listing.begun ?? run.now);
  const shown = listing.high === undefined ? null : shiftTimestamp(listing.high, -Math.max(0, took));
  const high = laterOf(row.checkpoint.updatedSince, shown);
  return { ...rest, checkpoint: high === null ? {} : { updatedSince: high } };
}

/** The page's issues; a bad one is a failure, and its ref is kept to be read again. */
function parseItems(run: Run, page: Page<unknown>): { issues: CanonicalIssue[]; bad: Commit } {
  const issues: CanonicalIssue[] = [];
  const refs: ExternalRef[] = [];
  for (const item of page.items) {
    try {
      issues.push(parseAnswer(item, run));
    } catch (error) {
      const ref = refOfItem(item);
      run.fail('pull_issue', ref ?? null, error);
      if (ref && failureOfContent(error)) refs.push(ref);
    }
  }
  for (const { location, message } of page.failures ?? []) {
    run.failed({
      issueRef: null,
      operation: 'pull_issue',
      code: 'unreadable',
      fieldPath: location,
      message,
      retryable: false,
    });
  }
  const putRereads = refs.map((ref) => ({ bindingId: run.binding.id, ref, reason: 'invalid' as const }));
  return { issues, bad: putRereads.length > 0 ? { putRereads } : {} };
}

const failureOfContent = (error: unknown): boolean =>
  asTrackerError(error, '').code === 'issue_payload_contract';

/** A listing that broke off. A cursor that may be at fault is dropped and the watermark kept, so that the next run works. */
async function listingFailed(run: Run, row: BindingRow, caught: unknown): Promise<void> {
  const error = asTrackerError(caught, run.options.connector.name);
  run.fail('pull_page', null, error);
  const failureClass = failureClassOf(error);
  if (failureClass === 'transient' || failureClass === 'rate_limit' || failureClass === 'permission') return;
  const { listing: _listing, ...rest } = row;
  const { cursor: _cursor, ...checkpoint } = row.checkpoint;
  run.binding = { ...rest, checkpoint };
  await run.commit({ binding: run.binding });
}

/** After everything was listed: what was not shown is read, and what is not there then is gone. */
async function findMissing(run: Run, seen: ReadonlySet<string>): Promise<void> {
  let after = '';
  for (;;) {
    const rows = await run.backend.refs(run.target, { after, limit: 500 });
    const last = rows.at(-1);
    if (!last) return;
    after = last.identity;
    const unseen = rows.filter(({ identity }) => !seen.has(identity));
    if (unseen.length === 0) continue;
    const records = await run.backend.load(unseen.map(({ recordId }) => recordId));
    const refs = records.flatMap((record) => {
      const agreement = agreementAt(record, run.target);
      return agreement?.pair && agreement.goneAt === undefined && pastLag(run, agreement)
        ? [agreement.ref]
        : [];
    });
    const answers = await readIssues(run, refs);
    const found: CanonicalIssue[] = [];
    for (const [index, ref] of refs.entries()) {
      const answer = answers[index];
      if (answer?.kind === 'found') found.push(answer.issue);
      else if (answer?.kind === 'missing') await bury(run, [ref]);
      else if (answer) run.fail('pull_issue', ref, answer.error);
    }
    if (found.length > 0) await ingest(run, found, { direct: true });
  }
}
