import {
  type CanonicalIssue,
  type ExternalRef,
  type JsonObject,
  JsonObjectSchema,
  type Page,
} from '@spec-kitty/tracker-core';
import { rowOf } from './rows.ts';
import { CUSTOM_PREFIX, refOf } from './to-canonical.ts';

/** An issue with the row that it was read from. */
export interface DatabaseIssue {
  raw: JsonObject;
  issue: CanonicalIssue;
}

/** What one `bd export` printed, in its order. */
export interface DatabaseState {
  issues: Map<string, DatabaseIssue>;
  gone: ExternalRef[];
  failures: NonNullable<Page<never>['failures']>;
}

/** Reads what `bd export` printed. A line that cannot be read is a failure `line N`. */
export function databaseState(printed: string, workspace: string): DatabaseState {
  const state: DatabaseState = { issues: new Map(), gone: [], failures: [] };
  let offset = 0;
  for (const [index, text] of printed.split('\n').entries()) {
    const line = index + 1;
    const end = offset + text.length + 1;
    const row = rowOf({ line, offset, end, text, terminated: end <= printed.length }, workspace);
    offset = end;
    if (row.kind === 'issue')
      state.issues.set(row.id, {
        raw: JsonObjectSchema.parse(JSON.parse(text)),
        issue: withoutDerived(row.issue),
      });
    else if (row.kind === 'tombstone') state.gone.push(refOf(workspace, row.id));
    else if (row.kind === 'failure') state.failures.push({ location: `line ${line}`, message: row.message });
  }
  return state;
}

/** What bd 1.x counts or notes by itself. */
const DERIVED = ['closed_at', 'started_at', 'comment_count', 'dependency_count', 'dependent_count'];

/** Without what follows from a field that is written: counts, when it was closed, the word that a story is written as. */
function withoutDerived(issue: CanonicalIssue): CanonicalIssue {
  const customFields = { ...issue.customFields };
  for (const name of DERIVED) delete customFields[CUSTOM_PREFIX + name];
  if (customFields[`${CUSTOM_PREFIX}type`] === 'feature') delete customFields[`${CUSTOM_PREFIX}type`];
  return { ...issue, customFields };
}
