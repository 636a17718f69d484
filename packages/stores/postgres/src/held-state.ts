import type { Commit } from '@spec-kitty/tracker-core';
import type { PostgresClient } from './client.ts';
import { toKey } from './sort-key.ts';
import type { Tenant } from './tenant.ts';

/** A ref as it is stored, by keys. */
export interface StoredRef {
  identity: string;
  target: string;
  draft: boolean;
  seen: string | null;
}

/** What is stored of the records that a commit touches, and of the identities that it claims. */
export interface HeldState {
  stamps: Map<number, number>;
  refs: Map<number, StoredRef[]>;
  pending: Map<number, string[]>;
  /** The record that holds an identity, by its key. */
  holders: Map<string, number>;
}

type HeldRow =
  | { kind: 'record'; record_id: number; stamp: number }
  | ({ kind: 'ref'; record_id: number } & StoredRef)
  | { kind: 'holder'; record_id: number; identity: string }
  | { kind: 'pending'; record_id: number; target: string };

function addTo<T>(map: Map<number, T[]>, id: number, value: T): void {
  const values = map.get(id);
  if (values) values.push(value);
  else map.set(id, [value]);
}

/** One statement, however much is committed. */
export async function readHeldState(
  client: PostgresClient,
  tenant: Tenant,
  commit: Commit,
): Promise<HeldState> {
  const held: HeldState = { stamps: new Map(), refs: new Map(), pending: new Map(), holders: new Map() };
  const touched = [...(commit.records ?? []), ...(commit.removeRecords ?? [])];
  if (touched.length === 0) return held;
  const ids = touched.flatMap(({ id }) => id ?? []);
  const identities = (commit.records ?? []).flatMap(({ refs }) =>
    refs.map(({ identity }) => toKey(identity)),
  );
  for (const row of await tenant.all<HeldRow>(client, 'held', ids, identities)) {
    if (row.kind === 'record') held.stamps.set(row.record_id, row.stamp);
    else if (row.kind === 'holder') held.holders.set(row.identity, row.record_id);
    else if (row.kind === 'pending') addTo(held.pending, row.record_id, row.target);
    else {
      const { identity, target, draft, seen } = row;
      addTo(held.refs, row.record_id, { identity, target, draft, seen });
    }
  }
  return held;
}
