import type { CanonicalIssue, IssueField, IssueFields, IssuePatch } from './issue.ts';
import type { JsonValue } from './json.ts';

/** The core fields but `customFields`, whose keys are fields of their own here. */
export const PLAIN_FIELDS = [
  'title',
  'body',
  'status',
  'issueType',
  'priority',
  'assignees',
  'labels',
  'parent',
  'links',
] as const;
export type PlainField = (typeof PLAIN_FIELDS)[number];

/** A field that merges on its own: a plain field, or one custom key. */
export type FieldPath = PlainField | `customFields.${string}`;

const CUSTOM = 'customFields.';

export function customPath(key: string): FieldPath {
  return `${CUSTOM}${key}`;
}

/** The custom key that a path names, or undefined for a plain field. */
export function customKey(path: string): string | undefined {
  return path.startsWith(CUSTOM) ? path.slice(CUSTOM.length) : undefined;
}

/** The core field that a path belongs to. */
export function coreField(path: FieldPath): IssueField {
  return customKey(path) === undefined ? (path as IssueField) : 'customFields';
}

/** Every field path that holds a value in at least one of these, plain fields first, then custom keys in code-unit order. */
export function fieldPaths(
  ...holders: readonly (Pick<IssueFields, 'customFields'> | undefined)[]
): FieldPath[] {
  const keys = new Set<string>();
  for (const holder of holders) if (holder) for (const key of Object.keys(holder.customFields)) keys.add(key);
  if (keys.size === 0) return [...PLAIN_FIELDS];
  return [...PLAIN_FIELDS, ...[...keys].sort().map(customPath)];
}

/** The value at a path; undefined for a custom key that is not held. */
export function valueAt(fields: IssueFields, path: FieldPath): JsonValue | undefined {
  const key = customKey(path);
  if (key === undefined) return fields[path as PlainField] as unknown as JsonValue;
  return Object.hasOwn(fields.customFields, key) ? fields.customFields[key] : undefined;
}

/** `fields` with `value` at `path`; undefined removes a custom key. The input is not changed. */
export function withValue<T extends IssueFields>(
  fields: T,
  path: FieldPath,
  value: JsonValue | undefined,
): T {
  const key = customKey(path);
  if (key === undefined) return { ...fields, [path]: value };
  const others = Object.entries(fields.customFields).filter(([name]) => name !== key);
  const entries = value === undefined ? others : [...others, [key, value] as const];
  return { ...fields, customFields: Object.fromEntries(entries) };
}

/** The ten fields of an issue, by reference. */
export function fieldsOf(issue: CanonicalIssue | IssueFields): IssueFields {
  const { title, body, status, issueType, priority, assignees, labels, parent, links, customFields } = issue;
  return { title, body, status, issueType, priority, assignees, labels, parent, links, customFields };
}

/** `fields` with every field that the patch names replaced. */
export function applyPatch<T extends IssueFields>(fields: T, patch: IssuePatch): T {
  return { ...fields, ...patch };
}
