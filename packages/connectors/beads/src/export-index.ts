import type { FileHandle } from 'node:fs/promises';
import { readLines } from './lines.ts';
import { type Claim, isNewer } from './newest.ts';
import { rowOf } from './rows.ts';

/** How the lines of an export add up: `lines` is the sum of all the others. */
export interface ExportSummary {
  lines: number;
  issues: number;
  tombstones: number;
  /** Lines with the content of the one that is used. */
  repeats: number;
  /** Lines that are no issues by their own word: `_schema`, another `_type`. */
  headers: number;
  blank: number;
  /** Lines that are not used, each named in a page's `failures`. */
  failures: number;
  /** Those of `failures` that could not be read: an issue that is missing may be in one of them. */
  unreadable: number;
}

/** The line that is used for an issue. */
export interface IndexEntry extends Claim {
  offset: number;
  length: number;
  digest: number;
}

/** A line that is not used, because another one about the same issue is. */
export interface PassedOver {
  kind: 'repeat' | 'failure';
  /** The line that is used. */
  by: number;
}

/** Which line stands for which issue, for one state of the file. */
export interface ExportIndex {
  fingerprint: string;
  entries: ReadonlyMap<string, IndexEntry>;
  passedOver: ReadonlyMap<number, PassedOver>;
  summary: ExportSummary;
}

/**
 * Reads the file once. Which line stands for an issue is known only at the end of the file; what is kept for that is
 * a few numbers an issue, never its content.
 */
export async function buildIndex(
  handle: FileHandle,
  fingerprint: string,
  workspace: string,
  signal?: AbortSignal,
): Promise<ExportIndex> {
  const entries = new Map<string, IndexEntry>();
  const rivals: { id: string; line: number; digest: number }[] = [];
  const summary: ExportSummary = {
    lines: 0,
    issues: 0,
    tombstones: 0,
    repeats: 0,
    headers: 0,
    blank: 0,
    failures: 0,
    unreadable: 0,
  };
  for await (const line of readLines(handle, { offset: 0, line: 1 }, signal)) {
    summary.lines += 1;
    const row = rowOf(line, workspace);
    if (row.kind === 'blank') summary.blank += 1;
    else if (row.kind === 'header') summary.headers += 1;
    else if (row.kind === 'failure') summary.unreadable += 1;
    else {
      const { id, updatedAt, digest } = row;
      const entry: IndexEntry = {
        updatedAt,
        tombstone: row.kind === 'tombstone',
        line: line.line,
        offset: line.offset,
        length: line.end - line.offset,
        digest,
      };
      const rival = entries.get(id);
      const used = !rival || isNewer(entry, rival);
      if (used) entries.set(id, entry);
      if (rival)
        rivals.push({ id, line: used ? rival.line : line.line, digest: used ? rival.digest : digest });
    }
  }
  const passedOver = new Map<number, PassedOver>();
  for (const { id, line, digest } of rivals) {
    const used = entries.get(id);
    if (used) passedOver.set(line, { kind: digest === used.digest ? 'repeat' : 'failure', by: used.line });
  }
  for (const { kind } of passedOver.values()) if (kind === 'repeat') summary.repeats += 1;
  for (const { tombstone } of entries.values()) if (tombstone) summary.tombstones += 1;
  summary.issues = entries.size - summary.tombstones;
  summary.failures = summary.unreadable + passedOver.size - summary.repeats;
  return { fingerprint, entries, passedOver, summary };
}
