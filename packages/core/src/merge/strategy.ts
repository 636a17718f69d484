import { issuePatch } from '../model/canonical-issue.ts';
import type { ExternalRef } from '../model/external-ref.ts';
import { isPlainObject, type JsonValue, jsonCopy } from '../model/json.ts';
import { customKey } from '../model/snapshot.ts';
import type { Value } from './merge-value.ts';

/** The strategies by name, in the order in which they are offered. */
export const CONFLICT_STRATEGIES = [
  'external_wins',
  'local_wins',
  'newer_timestamp',
  'manual_review',
  'merge',
] as const;
/** How a field that both sides changed is settled. `merge` is for text, through the host's `mergeText`. */
export type ConflictStrategy = (typeof CONFLICT_STRATEGIES)[number];

/** One field that both sides changed to different values; a custom key that a side does not hold is null. */
export interface FieldConflict {
  issueRef: ExternalRef;
  field: string;
  base: JsonValue;
  local: JsonValue;
  external: JsonValue;
}

/** A host's own decision. It must depend on nothing but its argument, or two equal runs differ. */
export type ConflictResolver = (
  conflict: FieldConflict,
) => { value: JsonValue } | 'local' | 'external' | 'open';

/** Three-way merge of text; undefined where it could not. */
export type MergeText = (base: string, local: string, external: string) => string | undefined;

/** One strategy for all fields, or one per field, or the host's own. */
export type StrategyOption =
  | ConflictStrategy
  | {
      default: ConflictStrategy;
      fields?: Partial<Record<string, ConflictStrategy>>;
      /** Where `merge` could not. Default `manual_review`. */
      fallback?: Exclude<ConflictStrategy, 'merge'>;
    }
  | ConflictResolver;

export interface Decision {
  strategy: string;
  choice: 'local' | 'external' | 'open' | { value: JsonValue };
}

/** The times that `newer_timestamp` compares: that of the local field, and that of the remote issue. */
export interface ConflictTimes {
  local?: string | undefined;
  external?: string | null | undefined;
}

/** Settles a conflict, or leaves it open. A missing or equal time lets the external side win. */
export function decide(
  option: StrategyOption,
  conflict: FieldConflict,
  times: ConflictTimes,
  mergeText: MergeText | undefined,
): Decision {
  if (typeof option === 'function')
    return { strategy: 'host', choice: checked(option(conflict), conflict.field) };
  const whole = typeof option === 'string' ? { default: option } : option;
  const { fields = {} } = whole;
  const general = customKey(conflict.field) === undefined ? undefined : fields.customFields;
  const chosen = fields[conflict.field] ?? general ?? whole.default;
  if (chosen !== 'merge') return { strategy: chosen, choice: byName(chosen, times) };
  const { base, local, external } = conflict;
  if (mergeText && isText(conflict.field) && typeof local === 'string' && typeof external === 'string') {
    const value: unknown = mergeText(typeof base === 'string' ? base : '', local, external);
    const merged = typeof value === 'string' ? valueFor(conflict.field, value) : undefined;
    if (merged !== undefined) return { strategy: chosen, choice: { value: merged } };
  }
  const fallback = whole.fallback ?? 'manual_review';
  return { strategy: fallback, choice: byName(fallback, times) };
}

/** A status is a word of a list and no text: joining two makes none. */
const isText = (field: string): boolean =>
  field === 'title' || field === 'body' || field.startsWith('customFields.');

function byName(strategy: Exclude<ConflictStrategy, 'merge'>, times: ConflictTimes): Decision['choice'] {
  switch (strategy) {
    case 'external_wins':
      return 'external';
    case 'local_wins':
      return 'local';
    case 'manual_review':
      return 'open';
    case 'newer_timestamp':
      return times.local && times.external && times.local > times.external ? 'local' : 'external';
  }
}

/** `value` as one that the field may hold; undefined where it may not. */
function valueFor(field: string, value: unknown): JsonValue | undefined {
  if (customKey(field) !== undefined) return jsonCopy(value);
  if (field === 'deleted') return typeof value === 'boolean' ? value : undefined;
  try {
    const parsed: Record<string, unknown> = issuePatch({ [field]: value });
    return parsed[field] as JsonValue;
  } catch {
    return undefined;
  }
}

/** A host's function is outside input: what is no decision leaves the conflict open. */
function checked(choice: unknown, field: string): Decision['choice'] {
  if (choice === 'local' || choice === 'external') return choice;
  const held = jsonCopy(choice);
  const value =
    isPlainObject(held) && Object.hasOwn(held, 'value') ? valueFor(field, held['value']) : undefined;
  return value === undefined ? 'open' : { value };
}

/** A value as conflicts and overrides show it. */
export const shown = (value: Value): JsonValue => value ?? null;
