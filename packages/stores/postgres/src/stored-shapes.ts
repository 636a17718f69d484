import type {
  BindingRow,
  Intent,
  OverrideRecord,
  Person,
  Reread,
  RunRecord,
  StoredConflict,
} from '@spec-kitty/tracker-core';

const KINDS = {
  text: (value: unknown): boolean => typeof value === 'string',
  number: (value: unknown): boolean => typeof value === 'number',
  list: (value: unknown): boolean => Array.isArray(value),
  object: (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value),
  ref: (value: unknown): boolean => looksLike(REF, value),
  texts: (value: unknown): boolean => KINDS.object(value) && Object.values(value as object).every(KINDS.text),
} as const;

/** What must be there for a stored object to be one of its kind, and not something else that is JSON. */
export type Shape<T = object> = Readonly<Partial<Record<keyof T, keyof typeof KINDS>>>;

const REF: Shape<Reread['ref']> = { system: 'text', workspace: 'text', id: 'text' };

export const BINDING: Shape<BindingRow> = {
  id: 'text',
  system: 'text',
  workspace: 'text',
  scope: 'text',
  policy: 'object',
  checkpoint: 'object',
  filters: 'text',
  enrolled: 'number',
};
export const INTENT: Shape<Intent> = {
  key: 'text',
  recordId: 'number',
  ref: 'ref',
  kind: 'text',
  at: 'text',
  local: 'object',
  paths: 'list',
};
export const REREAD: Shape<Reread> = { bindingId: 'text', ref: 'ref', reason: 'text' };
export const CONFLICT: Shape<StoredConflict> = {
  id: 'text',
  issueRef: 'ref',
  field: 'text',
  status: 'text',
  detectedAt: 'text',
  recordId: 'number',
  bindingId: 'text',
  target: 'text',
};
export const PERSON: Shape<Person> = { id: 'text', ids: 'texts' };
export const RUN: Shape<RunRecord> = { id: 'text', startedAt: 'text', stats: 'object', failures: 'list' };
export const OVERRIDE: Shape<OverrideRecord> = { id: 'text', issueRef: 'ref', field: 'text', at: 'text' };

export function looksLike<T>(shape: Shape<T>, value: unknown): value is T {
  if (!KINDS.object(value)) return false;
  const parts = value as Record<string, unknown>;
  return Object.entries(shape).every(
    ([name, kind]) => Object.hasOwn(parts, name) && KINDS[kind as keyof typeof KINDS](parts[name]),
  );
}
