import { type ExternalRef, refIdentity } from './external-ref.ts';
import type { CanonicalLink } from './issue.ts';
import { type JsonValue, stableStringify } from './json.ts';
import { customKey, type FieldPath } from './snapshot.ts';

/** How values are matched beyond being the same text. */
export interface Folding {
  /** `Bug` is `bug` where the tracker says so. */
  labels?: boolean;
  assignees?: boolean;
  /** What a ref is known as, where one issue has a ref at several trackers. Default: its identity. */
  identityOf?: (ref: ExternalRef) => string;
}

/** The fields whose values are sets, merged element by element. */
export const SET_FIELDS: ReadonlySet<string> = new Set(['assignees', 'labels', 'links']);

/** Text as it is compared: Unicode NFC, line ends as LF, no white space at the end of the whole text. */
export function comparableText(text: string): string {
  return text.normalize('NFC').replaceAll('\r\n', '\n').trimEnd();
}

/** What tells an element of a set from another one. */
export function elementKey(path: FieldPath, element: JsonValue, folding: Folding = {}): string {
  if (path === 'links') {
    const { type, target } = element as unknown as CanonicalLink;
    return `${type} ${(folding.identityOf ?? refIdentity)(target)}`;
  }
  const text = String(element).normalize('NFC');
  const folds = path === 'labels' ? folding.labels : path === 'assignees' ? folding.assignees : false;
  return folds ? text.toLowerCase() : text;
}

/** A value in the form in which two are compared. */
export function comparable(path: FieldPath, value: JsonValue | undefined, folding: Folding = {}): string {
  if (value === undefined) return '';
  if (SET_FIELDS.has(path) && Array.isArray(value)) {
    return JSON.stringify([...new Set(value.map((element) => elementKey(path, element, folding)))].sort());
  }
  if (path === 'parent') {
    return value === null ? 'null' : (folding.identityOf ?? refIdentity)(value as unknown as ExternalRef);
  }
  if (path === 'body' && typeof value === 'string' && value.trim() === '') return 'null';
  if (typeof value === 'string') return JSON.stringify(comparableText(value));
  return customKey(path) === undefined ? JSON.stringify(value) : stableStringify(value);
}

/** True where two values of a field mean the same. */
export function sameValue(
  path: FieldPath,
  a: JsonValue | undefined,
  b: JsonValue | undefined,
  folding: Folding = {},
): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (typeof a === 'string' && typeof b === 'string') return comparableText(a) === comparableText(b);
  return comparable(path, a, folding) === comparable(path, b, folding);
}

/** True where a value holds nothing: `null`, blank text, an empty set, a custom key that is not there. */
export function isEmptyValue(path: FieldPath, value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return SET_FIELDS.has(path) && value.length === 0;
  return path === 'body' && typeof value === 'string' && value.trim() === '';
}
