import {
  CapabilityNotSupportedError,
  CORE_ISSUE_FIELDS,
  type ExternalRef,
  fieldSupport,
  type IssueField,
  type IssueFields,
  type IssuePatch,
  type JsonValue,
  type RefusedField,
  stableStringify,
} from '@spec-kitty/tracker-core';
import { type IssueShelf, SPELLED_FIELDS, type SpelledField } from './issue-shelf.ts';
import { linkIdentity } from './links.ts';
import type { Profile } from './options.ts';
import { EMPTY_FIELDS, fold, foldsCase } from './to-canonical.ts';

const identity = (value: unknown): string => stableStringify(value as JsonValue);

/** True where a value is what an issue has anyway: `todo` and `task` count as empty. */
function isEmpty(field: IssueField, value: unknown): boolean {
  return field !== 'title' && identity(value) === identity(EMPTY_FIELDS[field]);
}

/** @throws CapabilityNotSupportedError naming a field of `patch` that this tracker cannot hold. */
export function assertHeld(profile: Profile, patch: IssuePatch, emptyIsHeld: boolean): void {
  for (const field of CORE_ISSUE_FIELDS) {
    const value = patch[field];
    if (value === undefined || fieldSupport(profile.capabilities, field) !== 'none') continue;
    if (emptyIsHeld && isEmpty(field, value)) continue;
    throw new CapabilityNotSupportedError(`this tracker does not hold ${field}`, {
      capability: field,
      fieldPath: field,
    });
  }
}

function overLimit(profile: Profile, field: IssueField, value: unknown): string | undefined {
  const { titleLength, bodyLength, labelLength } = profile.capabilities.limits ?? {};
  const tooLong = (text: unknown, limit: number | undefined): boolean =>
    typeof text === 'string' && limit !== undefined && text.length > limit;
  if (field === 'title' && tooLong(value, titleLength)) return `longer than ${titleLength} characters`;
  if (field === 'body' && tooLong(value, bodyLength)) return `longer than ${bodyLength} characters`;
  if (field === 'labels' && Array.isArray(value) && value.some((label) => tooLong(label, labelLength))) {
    return `a label longer than ${labelLength} characters`;
  }
  return undefined;
}

/** The fields of a patch that this tracker refuses, with reasons. The rest may be applied. */
export function refusedFields(
  profile: Profile,
  patch: IssuePatch,
  current: IssueFields | undefined,
  wouldCycle: (parent: ExternalRef) => boolean,
): RefusedField[] {
  const { capabilities } = profile;
  const refused: RefusedField[] = [];
  for (const field of CORE_ISSUE_FIELDS) {
    const value = patch[field];
    if (value === undefined) continue;
    let reason = overLimit(profile, field, value) ?? profile.refuse?.(field, value, current);
    if (field === 'assignees' && !capabilities.supportsMultiAssignee && (patch.assignees?.length ?? 0) > 1) {
      reason ??= 'one assignee at most';
    }
    if (field === 'status' && !capabilities.supportsTerminalTransition && value !== current?.status) {
      if (value === 'done' || value === 'canceled') reason ??= 'issues cannot be closed here';
    }
    if (field === 'parent' && patch.parent && wouldCycle(patch.parent))
      reason ??= 'it would make a cycle of parents';
    if (reason !== undefined) refused.push({ field, reason });
  }
  return refused;
}

/** `patch` without the refused fields. */
export function without(patch: IssuePatch, refused: readonly RefusedField[]): IssuePatch {
  const names = new Set(refused.map(({ field }) => field));
  return Object.fromEntries(Object.entries(patch).filter(([field]) => !names.has(field)));
}

/** Each text in the spelling that the tracker saw first, where it does not tell cases apart. */
function spelled(profile: Profile, shelf: IssueShelf, field: SpelledField, values: string[]): string[] {
  if (!foldsCase(profile, field)) return values;
  const known = shelf.spellings[field];
  const result = new Set<string>();
  for (const value of values) {
    const first = known.get(fold(value)) ?? value;
    known.set(fold(value), first);
    result.add(first);
  }
  return [...result];
}

/** What the tracker keeps of the fields that are written to it; the others are as they were. */
export function fieldsHeld(
  profile: Profile,
  shelf: IssueShelf,
  fields: IssueFields,
  written: readonly string[],
): IssueFields {
  let held: IssueFields = { ...fields };
  if (written.includes('status')) held.status = profile.statuses[fields.status] ?? fields.status;
  for (const field of SPELLED_FIELDS) {
    if (written.includes(field)) held[field] = spelled(profile, shelf, field, held[field]);
  }
  if (profile.holds) {
    const kept = Object.entries(profile.holds(held)).filter(([field]) => written.includes(field));
    held = { ...held, ...Object.fromEntries(kept) };
  }
  return held;
}

function mergedSet<T>(current: T[], wanted: T[], previous: T[], keyOf: (element: T) => string): T[] {
  const before = new Set(previous.map(keyOf));
  const after = new Set(wanted.map(keyOf));
  const kept = current.filter((element) => after.has(keyOf(element)) || !before.has(keyOf(element)));
  const held = new Set(kept.map(keyOf));
  const added = wanted.filter((element) => !before.has(keyOf(element)) && !held.has(keyOf(element)));
  return [...kept, ...added];
}

function mergedMap(
  current: Record<string, JsonValue>,
  wanted: Record<string, JsonValue>,
  previous: Record<string, JsonValue>,
): Record<string, JsonValue> {
  const result = new Map(Object.entries(current));
  for (const key of Object.keys(previous)) if (!Object.hasOwn(wanted, key)) result.delete(key);
  for (const [key, value] of Object.entries(wanted)) {
    const before = Object.hasOwn(previous, key) ? previous[key] : undefined;
    if (before === undefined || identity(before) !== identity(value)) result.set(key, value);
  }
  return Object.fromEntries(result);
}

/**
 * `current` with the patch applied. Sets and maps are sent as their differences against `previous`, so that what
 * somebody else added meanwhile stays.
 */
export function applied(
  profile: Profile,
  current: IssueFields,
  patch: IssuePatch,
  previous: IssueFields | undefined,
): IssueFields {
  const next: IssueFields = { ...current, ...patch };
  if (!previous || profile.wholeValues) return next;
  for (const field of SPELLED_FIELDS) {
    const wanted = patch[field];
    const keyOf = foldsCase(profile, field) ? fold : (text: string): string => text;
    if (wanted) next[field] = mergedSet(current[field], wanted, previous[field], keyOf);
  }
  if (patch.links) next.links = mergedSet(current.links, patch.links, previous.links, linkIdentity);
  if (patch.customFields) {
    next.customFields = mergedMap(current.customFields, patch.customFields, previous.customFields);
  }
  return next;
}
