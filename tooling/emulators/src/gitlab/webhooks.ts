import { createHmac } from 'node:crypto';
import type { GitlabIssue, GitlabState } from './state.ts';
import type { GitlabViews } from './views.ts';

export interface GitlabDelivery {
  headers: Record<string, string>;
  body: Uint8Array;
}
/** How a delivery proves where it is from: by a token as it is, by a signature, or by both. */
export type GitlabProof = 'token' | 'signature' | 'both';

export interface DeliveryOptions {
  /** `Issue Hook` or `Note Hook`; of a confidential issue GitLab says so. */
  event: 'Issue Hook' | 'Note Hook';
  /** `open`, `close`, `reopen`, `update`; of a note `create` or `update`. */
  action: string;
  issue: GitlabIssue;
  proof: GitlabProof;
  token: string;
  /** `whsec_` and Base64. */
  signingSecret: string;
  id: string;
  extra?: Record<string, unknown>;
}

/** As GitLab writes times into webhooks: `2026-01-05 09:00:00 UTC`. */
const dated = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** A delivery: https://docs.gitlab.com/user/project/integrations/webhook_events/#issue-events */
export function gitlabDelivery(
  state: GitlabState,
  views: GitlabViews,
  given: DeliveryOptions,
): GitlabDelivery {
  const { event, action, issue, proof, token, signingSecret, id, extra = {} } = given;
  const { path } = state.projectNamed(String(issue.project));
  const attributes = {
    id: issue.id,
    iid: issue.iid,
    project_id: issue.project,
    title: issue.title,
    state: issue.state,
    confidential: issue.confidential,
    created_at: dated(issue.createdAt),
    updated_at: dated(issue.updatedAt),
    moved_to_id: issue.movedTo,
    url: views.issue(issue)['web_url'],
  };
  const project = { id: issue.project, path_with_namespace: path };
  const note = {
    object_kind: 'note',
    project,
    object_attributes: {
      id: 9000,
      note: 'a note',
      noteable_type: 'Issue',
      noteable_id: issue.id,
      project_id: issue.project,
      created_at: dated(state.now),
      updated_at: dated(state.now),
      action,
    },
    issue: attributes,
  };
  const payload = {
    ...(event === 'Note Hook'
      ? note
      : { object_kind: 'issue', project, object_attributes: { ...attributes, action } }),
    ...extra,
  };
  const body = new TextEncoder().encode(JSON.stringify(payload));
  const sentAt = String(Math.floor(state.now / 1000));
  const key = Buffer.from(signingSecret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${sentAt}.`).update(body).digest('base64');
  return {
    headers: {
      'Content-Type': 'application/json',
      'X-Gitlab-Event': issue.confidential ? `Confidential ${event}` : event,
      'X-Gitlab-Event-UUID': id,
      'X-Gitlab-Webhook-UUID': '11111111-1111-4111-8111-111111111111',
      'Idempotency-Key': id,
      ...(proof === 'signature' ? {} : { 'X-Gitlab-Token': token }),
      ...(proof === 'token'
        ? {}
        : { 'webhook-id': id, 'webhook-timestamp': sentAt, 'webhook-signature': `v1,${signature}` }),
    },
    body,
  };
}
