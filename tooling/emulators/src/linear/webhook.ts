import { createHmac } from 'node:crypto';
import { type LinearWorkspace, ORGANIZATION_ID } from './state.ts';

/** A delivery as Linear sends it. */
export interface LinearDelivery {
  headers: Record<string, string>;
  body: Uint8Array;
}

/** What happened, as a webhook tells it. */
export interface LinearChange {
  type: 'Issue' | 'Comment';
  action: 'create' | 'update' | 'remove';
  id: string;
  /** For an update: what was there before, by field. */
  updatedFrom?: Record<string, unknown>;
}

/** https://linear.app/developers/webhooks */
export function signedDelivery(
  workspace: LinearWorkspace,
  secret: string,
  { type, action, id, updatedFrom }: LinearChange,
): LinearDelivery {
  const payload = {
    action,
    type,
    actor: { id: workspace.viewerId, type: 'user' },
    createdAt: workspace.now,
    data: type === 'Issue' ? issueData(workspace, id) : commentData(workspace, id),
    ...(updatedFrom === undefined ? {} : { updatedFrom }),
    organizationId: ORGANIZATION_ID,
    webhookTimestamp: workspace.time.ms,
    webhookId: '5f1c1a2e-3f57-4f6c-8c46-5a3f1a2b9c0d',
  };
  const body = new TextEncoder().encode(JSON.stringify(payload));
  return {
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'User-Agent': 'Linear-Webhook',
      'Linear-Delivery': workspace.newId(),
      'Linear-Event': type,
      'Linear-Signature': createHmac('sha256', secret).update(body).digest('hex'),
    },
    body,
  };
}

function issueData(workspace: LinearWorkspace, id: string): Record<string, unknown> {
  const issue = workspace.issues.get(id);
  if (!issue) return { id };
  const { teamId, title, description, priority, stateId, labelIds, assigneeId, creatorId } = issue;
  const team = workspace.teams.get(teamId);
  const state = workspace.states.get(stateId);
  return {
    id,
    createdAt: issue.createdAt,
    updatedAt: issue.updatedAt,
    ...(issue.archivedAt === null ? {} : { archivedAt: issue.archivedAt }),
    ...(issue.trashed ? { trashed: true } : {}),
    number: issue.number,
    identifier: workspace.identifier(issue),
    url: `https://linear.app/acme/issue/${workspace.identifier(issue)}`,
    title,
    description,
    priority,
    teamId,
    team: { id: teamId, key: team?.key, name: team?.name },
    stateId,
    state: { id: stateId, name: state?.name, type: state?.type },
    labelIds,
    assigneeId,
    creatorId,
  };
}

function commentData(workspace: LinearWorkspace, id: string): Record<string, unknown> {
  const comment = workspace.comments.get(id);
  const issue = workspace.issues.get(comment?.issueId ?? '');
  return {
    id,
    body: comment?.body,
    issueId: comment?.issueId,
    userId: comment?.userId,
    createdAt: comment?.createdAt,
    updatedAt: comment?.updatedAt,
    ...(issue ? { issue: { id: issue.id, title: issue.title, teamId: issue.teamId } } : {}),
  };
}
