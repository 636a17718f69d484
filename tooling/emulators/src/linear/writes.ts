import { assertOwnId, assertText, isUuid, notFound, refuse } from './refusal.ts';
import type { LinearIssue, LinearState, LinearWorkspace } from './state.ts';

export interface IssueInput {
  id?: string | null;
  teamId?: string | null;
  title?: string | null;
  description?: string | null;
  priority?: number | null;
  stateId?: string | null;
  assigneeId?: string | null;
  parentId?: string | null;
  labelIds?: string[] | null;
  addedLabelIds?: string[] | null;
  removedLabelIds?: string[] | null;
}

/** Linear keeps a document and writes its Markdown anew: bullets become asterisks, what trails is cut. */
export function rewritten(markdown: string): string {
  let fenced = false;
  const lines = markdown.replaceAll('\r\n', '\n').split('\n');
  const kept = lines.map((line) => {
    if (/^\s*```/.test(line)) fenced = !fenced;
    return fenced ? line : line.replace(/^(\s*)- /, '$1* ');
  });
  return kept.join('\n').trimEnd();
}

/** A client's own id, or one of the vendor's. @throws GraphQLError for one that was used before. */
export function takeId(workspace: LinearWorkspace, given: string | null | undefined, entity: string): string {
  if (given == null) return workspace.newId();
  assertOwnId(given);
  if (workspace.usedIds.has(given))
    refuse(`Entity already exists: ${entity}`, `${entity} with this id already exists.`);
  return given;
}

function assertTitle(title: string | null | undefined): void {
  if (title == null || title.trim() === '') refuse('Argument Validation Error', 'title must not be empty');
  assertText('title', title);
}

function labelsIn(workspace: LinearWorkspace, ids: readonly string[], teamId: string): void {
  for (const id of ids) {
    const label = workspace.labels.get(id) ?? notFound('IssueLabel');
    if (label.teamId !== null && label.teamId !== teamId)
      refuse('Label of another team', 'The label is not of this team.');
    if (label.isGroup) refuse('Label is a group', 'A group of labels cannot be added to an issue.');
  }
}

function stateIn(workspace: LinearWorkspace, id: string, teamId: string): LinearState {
  const state = workspace.states.get(id) ?? notFound('WorkflowState');
  if (state.teamId !== teamId) refuse('Discrepancy between issue team and state team');
  return state;
}

/** Everything of an input is looked up before anything of it is done. @throws GraphQLError */
export function checkInput(
  workspace: LinearWorkspace,
  input: IssueInput,
  teamId: string,
  issue?: LinearIssue,
): void {
  if (issue === undefined || input.title !== undefined) assertTitle(input.title);
  if (input.description != null) assertText('description', input.description);
  if (input.priority != null && (input.priority < 0 || input.priority > 4))
    refuse('Argument Validation Error', 'priority must be from 0 to 4');
  if (input.stateId != null) stateIn(workspace, input.stateId, teamId);
  if (input.assigneeId != null && workspace.users.get(input.assigneeId)?.active !== true) notFound('User');
  if (input.parentId != null) {
    const parent = workspace.issue(input.parentId) ?? notFound('Issue');
    for (let at: LinearIssue | undefined = parent; at; at = workspace.issues.get(at.parentId ?? ''))
      if (at.id === issue?.id) refuse('Circular parent', 'An issue cannot be its own ancestor.');
  }
  const { labelIds, addedLabelIds, removedLabelIds } = input;
  if (labelIds && (addedLabelIds || removedLabelIds))
    refuse('Argument Validation Error', 'labelIds goes with neither addedLabelIds nor removedLabelIds');
  labelsIn(workspace, [...(labelIds ?? []), ...(addedLabelIds ?? [])], teamId);
}

/** @throws GraphQLError before anything is made. */
export function checkCreate(workspace: LinearWorkspace, input: IssueInput): void {
  if (!workspace.teams.has(input.teamId ?? '')) notFound('Team');
  if (input.id != null) takeId(workspace, input.id, 'Issue');
  checkInput(workspace, input, input.teamId ?? '');
}

export function createIssue(workspace: LinearWorkspace, input: IssueInput, creatorId: string): LinearIssue {
  checkCreate(workspace, input);
  const teamId = input.teamId ?? '';
  const [first] = workspace.statesOf(teamId).filter(({ type }) => type === 'backlog' || type === 'unstarted');
  const issue: LinearIssue = {
    id: takeId(workspace, input.id, 'Issue'),
    number: workspace.nextNumber(teamId),
    teamId,
    previousIdentifiers: [],
    title: '',
    description: null,
    priority: 0,
    stateId: first?.id ?? notFound('WorkflowState'),
    labelIds: [],
    assigneeId: null,
    creatorId,
    parentId: null,
    createdAt: workspace.now,
    updatedAt: workspace.now,
    archivedAt: null,
    trashed: false,
  };
  workspace.usedIds.add(issue.id);
  apply(workspace, issue, input);
  workspace.issues.set(issue.id, issue);
  return issue;
}

/** An issue that can be written to. Archived ones cannot. @throws GraphQLError */
export function writable(workspace: LinearWorkspace, id: string): LinearIssue {
  const issue = workspace.issue(id) ?? notFound('Issue');
  if (issue.trashed) notFound('Issue');
  return issue;
}

export function updateIssue(workspace: LinearWorkspace, issue: LinearIssue, input: IssueInput): void {
  checkInput(workspace, input, issue.teamId, issue);
  if (apply(workspace, issue, input)) workspace.touch(issue);
}

/** True where something is another one than before: what changes nothing leaves `updatedAt`. */
function apply(workspace: LinearWorkspace, issue: LinearIssue, input: IssueInput): boolean {
  const before = JSON.stringify(issue);
  if (input.title != null) issue.title = input.title;
  if (input.description !== undefined) {
    const text = rewritten(input.description ?? '');
    issue.description = text === '' ? null : text;
  }
  if (input.priority !== undefined) issue.priority = input.priority ?? 0;
  if (input.stateId != null) issue.stateId = input.stateId;
  if (input.assigneeId !== undefined) issue.assigneeId = input.assigneeId;
  if (input.parentId !== undefined)
    issue.parentId = input.parentId === null ? null : (workspace.issue(input.parentId)?.id ?? null);
  const labels = new Set(input.labelIds ?? issue.labelIds);
  for (const id of input.addedLabelIds ?? []) labels.add(id);
  for (const id of input.removedLabelIds ?? []) labels.delete(id);
  issue.labelIds = [...labels];
  return JSON.stringify(issue) !== before;
}

/** Ids of a bulk write: known, each once, and few enough. @throws GraphQLError */
export function bulk(workspace: LinearWorkspace, ids: readonly string[]): LinearIssue[] {
  if (ids.length === 0 || ids.length > MAX_BATCH)
    refuse('Argument Validation Error', `ids must hold from 1 to ${MAX_BATCH} elements`);
  for (const id of ids) if (!isUuid(id)) refuse('Argument Validation Error', 'ids must be UUIDs');
  return ids.map((id) => writable(workspace, id));
}

export const MAX_BATCH = 50;
