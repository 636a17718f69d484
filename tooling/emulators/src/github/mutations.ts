import { type GithubIssue, GithubRefusal, type GithubState } from './state.ts';
import type { View, Views } from './views.ts';

interface Input<T> {
  input: T & { clientMutationId?: string | null };
}

const without = (ids: readonly string[], gone: readonly string[]): string[] =>
  ids.filter((id) => !gone.includes(id));
const withAdded = (ids: readonly string[], added: readonly string[]): string[] => [
  ...new Set([...ids, ...added]),
];

/** The mutations, as `viewer` makes them. `wrote` is called for each that creates content. */
export function githubMutations(
  state: GithubState,
  views: Views,
  viewer: string,
  wrote: (event: string, issue: GithubIssue) => void,
): View {
  const told = (event: string, issue: GithubIssue): View => {
    wrote(event, issue);
    return views.issue(issue);
  };
  return {
    createIssue({
      input,
    }: Input<{
      repositoryId: string;
      title: string;
      body?: string | null;
      labelIds?: string[] | null;
      assigneeIds?: string[] | null;
      issueTypeId?: string | null;
      parentIssueId?: string | null;
    }>) {
      if (input.repositoryId !== state.repositoryId)
        throw new GithubRefusal(
          'NOT_FOUND',
          `Could not resolve to a node with the global id of '${input.repositoryId}'`,
        );
      const issue = state.create(viewer, {
        title: input.title,
        body: input.body ?? '',
        labels: input.labelIds ?? [],
        assignees: input.assigneeIds ?? [],
        type: input.issueTypeId ?? null,
        parent: input.parentIssueId ?? null,
      });
      return { issue: told('opened', issue) };
    },
    updateIssue({
      input,
    }: Input<{
      id: string;
      title?: string | null;
      body?: string | null;
      labelIds?: string[] | null;
      assigneeIds?: string[] | null;
      issueTypeId?: string | null;
    }>) {
      const changes: Partial<GithubIssue> = {};
      if (input.title != null) changes.title = input.title;
      if (input.body != null) changes.body = input.body;
      if (input.labelIds != null) changes.labels = input.labelIds;
      if (input.assigneeIds != null) changes.assignees = input.assigneeIds;
      if (input.issueTypeId !== undefined) changes.type = input.issueTypeId;
      return { issue: told('edited', state.change(input.id, changes)) };
    },
    closeIssue({
      input,
    }: Input<{
      issueId: string;
      stateReason?: 'COMPLETED' | 'NOT_PLANNED' | 'DUPLICATE' | null;
      duplicateIssueId?: string | null;
    }>) {
      const reason = input.stateReason ?? 'COMPLETED';
      if (input.duplicateIssueId != null) {
        state.issue(input.duplicateIssueId);
        if (reason !== 'DUPLICATE')
          throw new GithubRefusal('UNPROCESSABLE', 'duplicateIssueId is for the reason DUPLICATE alone');
        if (input.duplicateIssueId === input.issueId)
          throw new GithubRefusal('UNPROCESSABLE', 'An issue cannot be a duplicate of itself');
      }
      const duplicateOf = reason === 'DUPLICATE' ? (input.duplicateIssueId ?? null) : null;
      const closed = state.change(input.issueId, { state: 'CLOSED', stateReason: reason, duplicateOf });
      return { issue: told('closed', closed) };
    },
    reopenIssue({ input }: Input<{ issueId: string }>) {
      const issue = state.issue(input.issueId);
      if (issue.state === 'OPEN') return { issue: views.issue(issue) };
      const changes = { state: 'OPEN', stateReason: 'REOPENED', duplicateOf: null } as const;
      return { issue: told('reopened', state.change(issue.id, changes)) };
    },
    addLabelsToLabelable({ input }: Input<{ labelableId: string; labelIds?: string[] | null }>) {
      const { id, labels } = state.issue(input.labelableId);
      const issue = state.change(id, { labels: withAdded(labels, input.labelIds ?? []) });
      return { labelable: told('labeled', issue) };
    },
    removeLabelsFromLabelable({ input }: Input<{ labelableId: string; labelIds: string[] }>) {
      const { id, labels } = state.issue(input.labelableId);
      for (const label of input.labelIds)
        if (!state.labels.has(label))
          throw new GithubRefusal(
            'NOT_FOUND',
            `Could not resolve to a node with the global id of '${label}'`,
          );
      const issue = state.change(id, { labels: without(labels, input.labelIds) });
      return { labelable: told('unlabeled', issue) };
    },
    addAssigneesToAssignable({ input }: Input<{ assignableId: string; assigneeIds?: string[] | null }>) {
      const { id, assignees } = state.issue(input.assignableId);
      const issue = state.change(id, { assignees: withAdded(assignees, input.assigneeIds ?? []) });
      return { assignable: told('assigned', issue) };
    },
    removeAssigneesFromAssignable({ input }: Input<{ assignableId: string; assigneeIds: string[] }>) {
      const { id, assignees } = state.issue(input.assignableId);
      const issue = state.change(id, { assignees: without(assignees, input.assigneeIds) });
      return { assignable: told('unassigned', issue) };
    },
    createLabel({ input }: Input<{ repositoryId: string; name: string; color: string }>) {
      const label = state.createLabel(input.name, input.color);
      return { label: { __typename: 'Label', ...label } };
    },
    addSubIssue({
      input,
    }: Input<{ issueId: string; subIssueId?: string | null; replaceParent?: boolean | null }>) {
      const [parent, child] = [state.issue(input.issueId), state.issue(input.subIssueId ?? '')];
      if (child.parent !== null && child.parent !== parent.id && input.replaceParent !== true)
        throw new GithubRefusal('UNPROCESSABLE', 'Sub issue may only have one parent');
      for (let up: GithubIssue | undefined = parent; up; up = state.issues.get(up.parent ?? ''))
        if (up.id === child.id) throw new GithubRefusal('UNPROCESSABLE', 'Sub issue would make a cycle');
      const changed = state.change(child.id, { parent: parent.id });
      return { issue: views.issue(parent), subIssue: told('sub_issue_added', changed) };
    },
    removeSubIssue({ input }: Input<{ issueId: string; subIssueId: string }>) {
      const [parent, child] = [state.issue(input.issueId), state.issue(input.subIssueId)];
      if (child.parent !== parent.id)
        throw new GithubRefusal('UNPROCESSABLE', 'The issue is no sub-issue of this parent');
      const changed = state.change(child.id, { parent: null });
      return { issue: views.issue(parent), subIssue: told('sub_issue_removed', changed) };
    },
    addBlockedBy({ input }: Input<{ issueId: string; blockingIssueId: string }>) {
      const { id, blockedBy } = state.issue(input.issueId);
      const blocking = state.issue(input.blockingIssueId);
      if (id === blocking.id) throw new GithubRefusal('UNPROCESSABLE', 'An issue cannot block itself');
      if (blockedBy.includes(blocking.id))
        throw new GithubRefusal('UNPROCESSABLE', 'Target issue has already been taken');
      const issue = state.change(id, { blockedBy: [...blockedBy, blocking.id] });
      return { issue: told('blocked_by_added', issue), blockingIssue: views.issue(blocking) };
    },
    removeBlockedBy({ input }: Input<{ issueId: string; blockingIssueId: string }>) {
      const { id, blockedBy } = state.issue(input.issueId);
      const blocking = state.issue(input.blockingIssueId);
      if (!blockedBy.includes(blocking.id))
        throw new GithubRefusal('UNPROCESSABLE', 'The issue is not blocked by the other one');
      const issue = state.change(id, { blockedBy: without(blockedBy, [blocking.id]) });
      return { issue: told('blocked_by_removed', issue), blockingIssue: views.issue(blocking) };
    },
    addComment({ input }: Input<{ subjectId: string; body: string }>) {
      const comment = state.comment(viewer, input.subjectId, input.body);
      const issue = state.issue(comment.issue);
      wrote('commented', issue);
      return {
        subject: views.issue(issue),
        commentEdge: { cursor: comment.id, node: views.comment(comment) },
      };
    },
    updateIssueComment({ input }: Input<{ id: string; body: string }>) {
      const comment = state.editComment(input.id, input.body);
      return { issueComment: views.comment(comment) };
    },
  };
}
