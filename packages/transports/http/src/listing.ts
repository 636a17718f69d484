import {
  CapabilityNotSupportedError,
  fingerprint,
  type IssueFilters,
  type JsonValue,
  stableStringify,
  TrackerContractError,
} from '@spec-kitty/tracker-core';
import * as z from 'zod';
import { readAnswer } from './parse-answer.ts';

const COMMON_FILTERS = ['queryKey', 'queryText', 'status', 'assignee', 'labels'];

/** What tells two listings apart: a cursor of one is no cursor of the other. `scope` names what is listed without filters. */
export function listingIdentity(scope: readonly string[], filters: IssueFilters): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  return fingerprint(stableStringify([...scope, Object.fromEntries(given) as JsonValue]));
}

/** @throws CapabilityNotSupportedError naming a filter that is neither common nor one of the connector's `own`. */
export function assertFilters(provider: string, filters: IssueFilters, own: readonly string[] = []): void {
  const known = [...COMMON_FILTERS, ...own];
  const unknown = Object.keys(filters).find((name) => filters[name] !== undefined && !known.includes(name));
  if (unknown === undefined) return;
  const fieldPath = `filters.${unknown}`;
  throw new CapabilityNotSupportedError(`the ${provider} connector has no filter "${unknown}"`, {
    capability: fieldPath,
    fieldPath,
  });
}

/** Refuses a cursor. @throws TrackerContractError, kind `cursor` */
export function refuseCursor(
  provider: string,
  reason: 'malformed' | 'filters' | 'expired',
  message: string,
): never {
  throw new TrackerContractError(message, { provider, kind: 'cursor', fieldPath: 'cursor', reason });
}

/** Cursors of one connector. */
export interface ListingCursor<T> {
  /** The cursor of a place in this listing. */
  write(place: T, listing: string): string;
  /** @throws TrackerContractError, kind `cursor`; reason `malformed`, or `filters` for one of another listing. */
  read(cursor: string, listing: string): T;
}

/** Cursors of a connector: a place as plain data, bound to what is listed. `prefix` tells their version. */
export function listingCursor<T extends readonly JsonValue[]>(
  provider: string,
  prefix: string,
  place: z.ZodType<T>,
): ListingCursor<T> {
  const schema = z.tuple([z.string()], z.unknown());
  return {
    write: (parts, listing) => prefix + btoa(JSON.stringify([listing, ...parts])),
    read(cursor, listing) {
      const [madeUnder, ...rest] = readAnswer(schema, decoded(cursor, prefix)) ?? [];
      const parts = madeUnder === undefined ? undefined : readAnswer(place, rest);
      if (!parts) return refuseCursor(provider, 'malformed', `this is no cursor of ${provider}`);
      if (madeUnder === listing) return parts;
      return refuseCursor(provider, 'filters', 'this cursor was made under other filters');
    },
  };
}

function decoded(cursor: string, prefix: string): unknown {
  try {
    return cursor.startsWith(prefix) ? JSON.parse(atob(cursor.slice(prefix.length))) : undefined;
  } catch {
    // No Base64 or no JSON: malformed, like every other text that is no cursor.
    return undefined;
  }
}
