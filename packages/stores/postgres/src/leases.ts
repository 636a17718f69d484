import { SyncBusyError } from '@spec-kitty/tracker-core';
import type { PostgresClient } from './client.ts';
import { toKey, toSortKey } from './sort-key.ts';
import type { Tenant } from './tenant.ts';

/** One statement, which may be sent twice: for its owner it extends the lease. `now` where a clock was given. */
export async function acquireLease(
  client: PostgresClient,
  tenant: Tenant,
  request: { bindingId: string; owner: string; ttlMs: number },
  now: number | null,
): Promise<{ fence: number }> {
  const { bindingId, owner, ttlMs } = request;
  const [held] = await tenant.all<{ fence: number }>(
    client,
    'acquireLease',
    toKey(bindingId),
    toKey(owner),
    Math.ceil(ttlMs),
    now,
    toSortKey(bindingId),
  );
  if (held) return { fence: held.fence };
  throw new SyncBusyError(`binding ${bindingId} is being synced by another run`);
}

/** @throws SyncBusyError where the lease has run out, was given back, or went to another run. */
export function requireLease(
  lease: { fence: number | null; until: number | null },
  wanted: { bindingId: string; fence: number },
  now: number,
): void {
  if (lease.fence === wanted.fence && lease.until !== null && lease.until > now) return;
  throw new SyncBusyError(`the lease of binding ${wanted.bindingId} was lost to another run`);
}
