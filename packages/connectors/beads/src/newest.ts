import { toTimestamp } from '@spec-kitty/tracker-core';

/** What decides which of several lines about one issue is used. */
export interface Claim {
  /** As it stands in the file: Beads writes up to nanoseconds, in any offset. */
  updatedAt: string;
  tombstone: boolean;
  line: number;
}

/** An instant as text that sorts in the order of time, to the nanosecond; what is no instant comes first. */
export function sortableInstant(text: string): string {
  const canonical = toTimestamp(text);
  if (canonical === undefined) return '';
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  return canonical.slice(0, -1) + fraction.slice(3, 9).padEnd(6, '0');
}

/**
 * True where `a` is used before `b`: the newest `updated_at`; at the same time a deletion before a live issue, since
 * a deletion need not move the time; else the later line.
 */
export function isNewer(a: Claim, b: Claim): boolean {
  const [timeOfA, timeOfB] = [sortableInstant(a.updatedAt), sortableInstant(b.updatedAt)];
  if (timeOfA !== timeOfB) return timeOfA > timeOfB;
  if (a.tombstone !== b.tombstone) return a.tombstone;
  return a.line > b.line;
}
