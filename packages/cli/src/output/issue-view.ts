import {
  type CanonicalIssue,
  type ConflictRecord,
  type ExternalRef,
  type JsonValue,
  refIdentity,
} from '@spec-kitty/tracker-core';
import { issueName, shortId, shortTime, shortValue } from './names.ts';
import { fitted, folded, line, look, padded, type Shown, shown, wrapped } from './shown.ts';
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
  const textWidth = Math.min(width, 100);
  const entries: [string, Shown | string][] = [];
  const valued = (name: string, value: JsonValue): void => {
    if (value === null || (Array.isArray(value) && value.length === 0)) return;
    entries.push([name, shortValue(value, 200)]);
  };
  for (const [index, ref] of refs.entries()) entries.push([index === 0 ? 'issue' : '', refIdentity(ref)]);
  entries.push(['status', statusOf(issue)], ['type', issue.issueType]);
  valued('priority', issue.priority);
  valued('assignees', issue.assignees);
  valued('labels', issue.labels);
  if (issue.parent) entries.push(['parent', issueName(issue.parent)]);
  for (const { type, target } of issue.links) entries.push([type, issueName(target)]);
  for (const [key, value] of Object.entries(issue.customFields)) entries.push([key, shortValue(value, 200)]);
  entries.push(['created', shortTime(issue.createdAt)], ['changed', shortTime(issue.updatedAt)]);
  for (const { id, field } of conflicts)
    entries.push(['conflict', line`${look('yellow', field)} (${shortId(id)})`]);

  const labelWidth = Math.min(24, Math.max(...entries.map(([name]) => shown(name).width)));
  const indent = ' '.repeat(labelWidth + 4);
  const lines = wrapped(issue.title, textWidth).map((each) => look('bold', each));
  for (const [name, value] of entries) {
    const label = padded(fitted(look('dim', name), labelWidth), labelWidth);
    lines.push(...folded(line`  ${label}  ${value}`, textWidth, indent));
  }
  if (issue.body !== null) lines.push(line``, ...wrapped(issue.body, textWidth));
  return lines;
}
