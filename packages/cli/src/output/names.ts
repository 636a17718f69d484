import { type ExternalRef, isDraftRef, type JsonValue } from '@spec-kitty/tracker-core';
import { cleanLine } from './clean.ts';

const DRAFT_SHOWN = 'draft:'.length + 8;
const ID_SHOWN = 8;

/** An issue as people name it. */
export function issueName(ref: ExternalRef): string {
  if (isDraftRef(ref)) return ref.id.slice(0, DRAFT_SHOWN);
  return cleanLine(ref.key ?? ref.id);
}

/** The beginning of an id, enough to name it on the command line. */
export function shortId(id: string): string {
  return id.slice(0, ID_SHOWN);
}

/** A time to the minute, in UTC as it is stored. */
export function shortTime(time: string | null | undefined): string {
  return time ? `${time.slice(0, 10)} ${time.slice(11, 16)}Z` : '';
}

const WHOLE = new Intl.NumberFormat('en');

export function amount(count: number): string {
  return WHOLE.format(count);
}

/** `1 issue`, `2 issues`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${amount(count)} ${count === 1 ? noun : plural}`;
}

/** A field's value on one line: text as it is, a set as a list, the rest as JSON. */
export function valueText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '(none)';
  if (typeof value === 'string') return value.trim() === '' ? '(empty)' : value;
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(valueText).join(', ');
  if (typeof value !== 'object') return String(value);
  const { id, key, type, target } = value;
  if (typeof id === 'string') return typeof key === 'string' ? key : id;
  if (typeof type === 'string' && target !== undefined) return `${type} ${valueText(target)}`;
  return JSON.stringify(value);
}

/** Values in reports are reminders; the whole is in the JSON. */
export function shortValue(value: JsonValue | undefined, length = 60): string {
  const text = cleanLine(valueText(value));
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/\p{Cs}$/u, '')}…`;
}
