import { SyncBusyError } from '@spec-kitty/tracker-core';
import { toSortKey } from './sort-key.ts';
import type { Statements } from './statements.ts';

interface LeaseRow {
  owner: string;
  fence: number;
  until: number | null;
}

function leaseOf(statements: Statements, bindingId: string): LeaseRow | undefined {
  return statements.get<LeaseRow>('lease', toSortKey(bindingId));
}

/** Inside of a writing transaction, as are all of these. `now` in milliseconds. */
export function acquireLease(
  statements: Statements,
  request: { bindingId: string; owner: string; ttlMs: number },
  now: number,
): { fence: number } {
  const { bindingId, owner, ttlMs } = request;
  const lease = leaseOf(statements, bindingId);
  const held = lease?.until != null && lease.until > now;
  if (held && lease.owner !== owner) {
    throw new SyncBusyError(`binding ${bindingId} is being synced by another run`);
  }
  const fence = held ? lease.fence : (lease?.fence ?? 0) + 1;
  statements.run('putLease', toSortKey(bindingId), owner, fence, now + Math.ceil(ttlMs));
  return { fence };
}

/** @throws SyncBusyError where the lease has run out, was given back, or went to another run. */
export function requireLease(
  statements: Statements,
  held: { bindingId: string; fence: number },
  now: number,
): void {
  const lease = leaseOf(statements, held.bindingId);
  if (lease?.fence === held.fence && lease.until !== null && lease.until > now) return;
  throw new SyncBusyError(`the lease of binding ${held.bindingId} was lost to another run`);
}
