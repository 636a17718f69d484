import type { LinearIssue, LinearLabel, LinearState, LinearUser, LinearWorkspace } from './state.ts';

/** A filter as the schema let it through: comparators and nested filters by name. */
export type Filter = { readonly [name: string]: unknown };

const isFilter = (value: unknown): value is Filter =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const lower = (value: unknown): string => String(value).toLowerCase();

const TESTS: Record<string, (held: unknown, wanted: unknown) => boolean> = {
  eq: (held, wanted) => held === wanted,
  neq: (held, wanted) => held !== wanted,
  in: (held, wanted) => Array.isArray(wanted) && wanted.includes(held),
  nin: (held, wanted) => Array.isArray(wanted) && !wanted.includes(held),
  contains: (held, wanted) => typeof held === 'string' && held.includes(String(wanted)),
  containsIgnoreCase: (held, wanted) => typeof held === 'string' && lower(held).includes(lower(wanted)),
  eqIgnoreCase: (held, wanted) => typeof held === 'string' && lower(held) === lower(wanted),
  gt: (held, wanted) => held !== null && Number(held) > Number(wanted),
  gte: (held, wanted) => held !== null && Number(held) >= Number(wanted),
  lt: (held, wanted) => held !== null && Number(held) < Number(wanted),
  lte: (held, wanted) => held !== null && Number(held) <= Number(wanted),
  null: (held, wanted) => (held === null) === wanted,
};

/** Every test of a comparator that is given must hold; a null is not given. */
function compares(comparator: unknown, held: unknown): boolean {
  if (!isFilter(comparator)) return true;
  return Object.entries(comparator).every(
    ([test, wanted]) => wanted === null || wanted === undefined || (TESTS[test]?.(held, wanted) ?? false),
  );
}

/** Times are compared as instants, and a filter may say them in any zone. */
function comparesTime(comparator: unknown, held: string | null): boolean {
  if (!isFilter(comparator)) return true;
  const instants = Object.entries(comparator).map(([test, wanted]) => [
    test,
    typeof wanted === 'string' ? Date.parse(wanted) : wanted,
  ]);
  return compares(Object.fromEntries(instants), held === null ? null : Date.parse(held));
}

type Meets<T> = (filter: Filter, held: T) => boolean;

/** `and`, `or`, and the tests of single fields, all of which must hold. */
function meeting<T>(tests: Record<string, (wanted: unknown, held: T) => boolean>): Meets<T> {
  const meets: Meets<T> = (filter, held) =>
    Object.entries(filter).every(([name, wanted]) => {
      if (wanted === null || wanted === undefined) return true;
      if (name === 'and') return list(wanted).every((one) => meets(one, held));
      if (name === 'or') return list(wanted).some((one) => meets(one, held));
      return tests[name]?.(wanted, held) ?? false;
    });
  return meets;
}

const list = (value: unknown): Filter[] => (Array.isArray(value) ? value.filter(isFilter) : []);

export const meetsTeam: Meets<{ id: string; key: string }> = meeting({
  id: (wanted, team) => compares(wanted, team.id),
  key: (wanted, team) => compares(wanted, team.key),
});

export function meetsUser(workspace: LinearWorkspace): Meets<LinearUser> {
  return meeting({
    id: (wanted, user) => compares(wanted, user.id),
    active: (wanted, user) => compares(wanted, user.active),
    isMe: (wanted, user) => compares(wanted, user.id === workspace.viewerId),
  });
}

export function meetsState(workspace: LinearWorkspace): Meets<LinearState> {
  return meeting({
    id: (wanted, state) => compares(wanted, state.id),
    name: (wanted, state) => compares(wanted, state.name),
    type: (wanted, state) => compares(wanted, state.type),
    team: (wanted, { teamId }) => meetsNullable(meetsTeam, wanted, workspace.teams.get(teamId)),
  });
}

export function meetsLabel(workspace: LinearWorkspace): Meets<LinearLabel> {
  return meeting({
    id: (wanted, label) => compares(wanted, label.id),
    name: (wanted, label) => compares(wanted, label.name),
    isGroup: (wanted, label) => compares(wanted, label.isGroup),
    team: (wanted, { teamId }) =>
      meetsNullable(meetsTeam, wanted, teamId === null ? undefined : workspace.teams.get(teamId)),
  });
}

export const meetsAttachment: Meets<{ id: string; title: string; url: string }> = meeting({
  id: (wanted, one) => compares(wanted, one.id),
  title: (wanted, one) => compares(wanted, one.title),
  url: (wanted, one) => compares(wanted, one.url),
});

export function meetsIssue(workspace: LinearWorkspace): Meets<LinearIssue> {
  const ofLabels: Meets<LinearLabel[]> = meeting<LinearLabel[]>({
    some: (wanted, labels) => isFilter(wanted) && labels.some((one) => meetsLabel(workspace)(wanted, one)),
    every: (wanted, labels) => isFilter(wanted) && labels.every((one) => meetsLabel(workspace)(wanted, one)),
    id: (wanted, labels) => labels.some((one) => compares(wanted, one.id)),
    name: (wanted, labels) => labels.some((one) => compares(wanted, one.name)),
  });
  return meeting<LinearIssue>({
    id: (wanted, issue) => compares(wanted, issue.id),
    number: (wanted, issue) => compares(wanted, issue.number),
    title: (wanted, issue) => compares(wanted, issue.title),
    description: (wanted, issue) => compares(wanted, issue.description),
    createdAt: (wanted, issue) => comparesTime(wanted, issue.createdAt),
    updatedAt: (wanted, issue) => comparesTime(wanted, issue.updatedAt),
    archivedAt: (wanted, issue) => comparesTime(wanted, issue.archivedAt),
    team: (wanted, { teamId }) => meetsNullable(meetsTeam, wanted, workspace.teams.get(teamId)),
    state: (wanted, { stateId }) =>
      meetsNullable(meetsState(workspace), wanted, workspace.states.get(stateId)),
    assignee: (wanted, { assigneeId }) =>
      meetsNullable(meetsUser(workspace), wanted, workspace.users.get(assigneeId ?? '')),
    creator: (wanted, { creatorId }) =>
      meetsNullable(meetsUser(workspace), wanted, workspace.users.get(creatorId)),
    labels: (wanted, { labelIds }) =>
      isFilter(wanted) &&
      ofLabels(
        wanted,
        labelIds.flatMap((id) => workspace.labels.get(id) ?? []),
      ),
  });
}

/** A filter of something that may be missing: `null` asks for that. */
function meetsNullable<T>(meets: Meets<T>, filter: unknown, held: T | undefined): boolean {
  if (!isFilter(filter)) return true;
  const { null: missing, ...rest } = filter;
  if (typeof missing === 'boolean' && missing !== (held === undefined)) return false;
  if (Object.keys(rest).length === 0) return true;
  return held !== undefined && meets(rest, held);
}
