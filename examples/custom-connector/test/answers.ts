import {
  KEY_FIELD,
  PRIORITIES,
  PROJECT,
  type Redmine,
  STATUSES,
  type StoredIssue,
  type StoredRelation,
  TRACKERS,
} from './redmine.ts';

export type Query = Readonly<Record<string, string>>;

const PARAMETERS = [
  'project_id',
  'subproject_id',
  'status_id',
  'issue_id',
  'author_id',
  'updated_on',
  'created_on',
  'sort',
  'limit',
  'include',
];

/** Whole seconds. */
const toldTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

const named = <T extends { id: number }>(all: readonly T[], id: number): T | undefined =>
  all.find((one) => one.id === id);

export const toldRelation = ({ id, from, to, type }: StoredRelation): object => ({
  id,
  issue_id: from,
  issue_to_id: to,
  relation_type: type,
  delay: null,
});

/** An issue as the API tells it. */
export function shown(redmine: Redmine, issue: StoredIssue, include: string): object {
  const { id, assigneeId, parentId, subject, description, key } = issue;
  const included = include.split(',').filter((name) => name !== '');
  const relations = redmine.relationsOf(id);
  const children = redmine.childrenOf(id);
  return {
    id,
    project: { id: issue.projectId, name: PROJECT.name },
    tracker: named(TRACKERS, issue.trackerId),
    status: named(STATUSES, issue.statusId),
    priority: named(PRIORITIES, issue.priorityId),
    author: { id: issue.authorId, name: 'Somebody' },
    ...(assigneeId === null ? {} : { assigned_to: { id: assigneeId, name: 'Somebody' } }),
    ...(parentId === null ? {} : { parent: { id: parentId } }),
    subject,
    description,
    done_ratio: 0,
    ...(redmine.hasKeyField ? { custom_fields: [{ id: KEY_FIELD, name: 'Key', value: key }] } : {}),
    created_on: toldTime(issue.createdAt),
    updated_on: toldTime(issue.updatedAt),
    ...(included.includes('relations') && relations.length > 0
      ? { relations: relations.map(toldRelation) }
      : {}),
    ...(included.includes('children') && children.length > 0
      ? { children: children.map((child) => ({ id: child.id, subject: child.subject })) }
      : {}),
    ...(included.includes('journals')
      ? {
          journals: issue.journals.map(({ id: journal, userId, notes, at, isPrivate }) => ({
            id: journal,
            user: { id: userId, name: 'Somebody' },
            notes,
            private_notes: isPrivate,
            created_on: toldTime(at),
            details: [],
          })),
        }
      : {}),
  };
}

/** A page of issues. The real one ignores parameters that it does not know, and shows more than was asked for. */
export function queried(redmine: Redmine, query: Query): object {
  const unknown = Object.keys(query).find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) throw new TypeError(`a list of issues has no parameter ${unknown}`);
  const { project_id: project, author_id: author, issue_id: ids, sort, include = '' } = query;
  if (query['status_id'] !== '*') throw new TypeError('closed issues are left out');
  if (project !== undefined && query['subproject_id'] !== '!*') throw new TypeError('subprojects are listed');
  if (sort !== 'id') throw new TypeError(`nobody asked for the order ${sort} so far`);
  const limit = Number(query['limit']);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw new TypeError('limit is 1 to 100');
  const [since, made] = [timeIn(query['updated_on']), timeIn(query['created_on'])];
  const found = [...redmine.issues.values()]
    .filter(({ projectId }) => project === undefined || (project === 'shop' && projectId === PROJECT.id))
    .filter(({ authorId }) => author === undefined || authorId === Number(author))
    .filter(({ id }) => ids === undefined || meetsIds(id, ids))
    .filter(({ updatedAt, createdAt }) => updatedAt > since && createdAt > made)
    .sort((a, b) => a.id - b.id);
  return {
    issues: found.slice(0, limit).map((issue) => shown(redmine, issue, include)),
    total_count: found.length,
    offset: 0,
    limit,
  };
}

const meetsIds = (id: number, wanted: string): boolean =>
  wanted.startsWith('>=') ? id >= Number(wanted.slice(2)) : wanted.split(',').includes(String(id));

/** It looks a second further back than it is asked. */
function timeIn(filter: string | undefined): number {
  if (filter === undefined) return Number.NEGATIVE_INFINITY;
  const [, time = ''] = /^>=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/.exec(filter) ?? [];
  if (time === '') throw new TypeError(`${filter} is no time`);
  return Date.parse(time) - 1000;
}
