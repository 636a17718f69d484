import { comparable } from '../model/equality.ts';
import { fingerprint } from '../model/json.ts';
import type { FieldPath } from '../model/snapshot.ts';
import { shiftTimestamp } from '../model/timestamp.ts';
import type { Swing } from '../store/records.ts';
import type { Value } from './merge-value.ts';

/** So many reversals within an hour are two machines at odds, not people changing their minds. */
const MAX_REVERSALS = 3;
const WINDOW_MS = 3_600_000;

/**
 * Notes that one side changed a field. A reversal is the change that takes back what the *other* side did last; one
 * side toggling alone never is. `frozen` once there were three within an hour.
 */
export function noteSwing(
  previous: Swing | undefined,
  change: { path: FieldPath; side: Swing['side']; from: Value; to: Value; now: string },
): { swing: Swing; frozen: boolean } {
  const from = fingerprint(comparable(change.path, change.from));
  const to = fingerprint(comparable(change.path, change.to));
  const reverses = previous?.side !== change.side && previous?.from === to && previous.to === from;
  const since = shiftTimestamp(change.now, -WINDOW_MS);
  const recent = reverses ? (previous?.reversals.filter((at) => at > since) ?? []) : [];
  const reversals = reverses ? [...recent, change.now] : [];
  return { swing: { side: change.side, from, to, reversals }, frozen: reversals.length >= MAX_REVERSALS };
}
