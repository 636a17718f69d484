import {
  type CanonicalIssue,
  type ConflictRecord,
  type ExternalRef,
  type JsonValue,
  refIdentity,
} from '@spec-kitty/tracker-core';
import { issueName, shortTime, shortValue, valueText } from './names.ts';
import { joined, line, look, type Shown, shown, wrapped } from './shown.ts';
import { type Column, table } from './table.ts';

const STATUS_LOOK = {
  todo: undefined,
  in_progress: 'cyan',
  in_review: 'cyan',
  blocked: 'red',
  done: 'green',
  canceled: 'dim',
} as const;

function statusOf({ status }: CanonicalIssue): Shown {
  const how = STATUS_LOOK[status];
  return how === undefined ? shown(status) : look(how, status);
}

const COLUMNS: readonly Column<CanonicalIssue>[] = [
  { title: 'issue', value: ({ ref }) => look('bold', issueName(ref)), shrinksTo: 14 },
  { title: 'status', value: statusOf },
  { title: 'prio', value: ({ priority }) => priority ?? '', align: 'right', optional: 2 },
  { title: 'type', value: ({ issueType }) => issueType, optional: 3 },
  { title: 'title', value: ({ title }) => title, shrinksTo: 24 },
  { title: 'labels', value: ({ labels }) => labels.join(', '), shrinksTo: 12, optional: 5 },
  { title: 'assignees', value: ({ assignees }) => assignees.join(', '), shrinksTo: 10, optional: 4 },
  { title: 'changed', value: ({ updatedAt }) => look('dim', shortTime(updatedAt)), optional: 6 },
];

export function issueTable(issues: readonly CanonicalIssue[], width: number): Shown[] {
  return table(issues, COLUMNS, width);
}

export interface IssueDetails {
  issue: CanonicalIssue;
  refs: readonly ExternalRef[];
  conflicts: readonly ConflictRecord[];
}

export function issueLines({ issue, refs, conflicts }: IssueDetails, width: number): Shown[] {
  const text = Math.min(width, 100);
  const lines = wrapped(issue.title, text).map((each) => look('bold', each));
  const field = (name: string, value: Shown | string): void => {
    const label = look('dim', name.padEnd(11));
    lines.push(line`  ${label}${value}`);
  };
  const valued = (name: string, value: JsonValue): void => {
    if (!(value === null || (Array.isArray(value) && value.length === 0)))
      field(name, shortValue(value, text - 13));
  };
  field(
    'issue',
    joined(
      refs.map((ref) => refIdentity(ref)),
      ', ',
    ),
  );
  field('status', statusOf(issue));
  field('type', issue.issueType);
  valued('priority', issue.priority);
  valued('assignees', issue.assignees);
  valued('labels', issue.labels);
  if (issue.parent) field('parent', issueName(issue.parent));
  for (const { type, target } of issue.links) field(type, issueName(target));
  for (const [key, value] of Object.entries(issue.customFields)) field(key, shortValue(value, text - 13));
  field('created', shortTime(issue.createdAt));
  field('changed', shortTime(issue.updatedAt));
  for (const { id, field: name } of conflicts)
    field('conflict', line`${look('yellow', name)} (${id.slice(0, 8)})`);
  if (issue.body !== null) {
    lines.push(line``, ...wrapped(valueText(issue.body), text));
  }
  return lines;
}
