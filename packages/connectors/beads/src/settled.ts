import {
  type CanonicalIssue,
  ConnectorRequestError,
  FieldsRefusedError,
  type IssuePatch,
  type JsonObject,
  type RefusedField,
  type SpecKittyTrackerError,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import type { DatabaseIssue } from './database-rows.ts';
import { SYSTEM } from './to-canonical.ts';

const FIELDS = ['title', 'description', 'status', 'issue_type', 'priority', 'assignee'];

/** What a write has come to: bd ends with status 0 also where it left something out. */
export function settled(held: DatabaseIssue, row: JsonObject, wanted: IssuePatch): WriteResult {
  const { raw, issue } = held;
  // bd keeps the whole row where it was changed since it was read.
  if (FIELDS.some((name) => (row[name] ?? '') !== (raw[name] ?? '')))
    return { ok: false, error: notTaken(`wrote ${issue.ref.id}`) };
  const refused = notThere(issue, wanted);
  const [first] = refused;
  if (!first) return { ok: true, issue };
  const error = new FieldsRefusedError(`bd left out ${refused.map(({ field }) => field).join(', ')}`, {
    fieldPath: first.field,
    refused,
    issue,
  });
  return { ok: false, error };
}

function notThere(issue: CanonicalIssue, { labels, links, parent }: IssuePatch): RefusedField[] {
  const refused: RefusedField[] = [];
  const compare = (field: string, asked: readonly string[] | undefined, held: readonly string[]): void => {
    if (asked === undefined || (asked.every((one) => held.includes(one)) && held.length <= asked.length))
      return;
    refused.push({ field, reason: 'bd was asked for it, said nothing against it, and holds something else' });
  };
  const named = (all: CanonicalIssue['links'] | undefined): string[] | undefined =>
    all?.map(({ type, target }) => `${type} ${target.id}`);
  compare('labels', labels, issue.labels);
  compare('links', named(links), named(issue.links) ?? []);
  compare('parent', parent === undefined ? undefined : [parent?.id ?? ''], [issue.parent?.id ?? '']);
  return refused;
}

/** Transient: the next run reads the issue again. */
export function notTaken(what: string): ConnectorRequestError {
  return new ConnectorRequestError(`bd ${what}, and it is not there: it was changed meanwhile`, {
    failureClass: 'transient',
    provider: SYSTEM,
  });
}

/** bd has said why. */
export function statusRefused(issue: CanonicalIssue | undefined, reason: string): SpecKittyTrackerError {
  if (!issue) return notTaken('was to set a status');
  return new FieldsRefusedError(`the status of ${issue.ref.id} was refused: ${reason}`, {
    fieldPath: 'status',
    refused: [{ field: 'status', reason }],
    issue,
  });
}
