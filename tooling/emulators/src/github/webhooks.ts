import { createHmac } from 'node:crypto';
import type { GithubIssue, GithubState } from './state.ts';

export interface GithubDelivery {
  headers: Record<string, string>;
  body: Uint8Array;
}

/** A delivery as GitHub sends it: https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues */
export function githubDelivery(
  state: GithubState,
  given: {
    secret: string;
    deliveryId: string;
    event: string;
    action: string;
    issue: GithubIssue;
    extra?: Record<string, unknown>;
  },
): GithubDelivery {
  const { issue, event, action, secret, deliveryId, extra = {} } = given;
  const fullName = `${state.owner}/${state.name}`;
  const dated = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
  const payload = {
    action,
    issue: {
      node_id: issue.id,
      number: issue.number,
      title: issue.title,
      html_url: `https://github.com/${fullName}/issues/${issue.number}`,
      state: issue.state.toLowerCase(),
      created_at: dated(issue.createdAt),
      updated_at: dated(issue.updatedAt),
      ...(issue.isPullRequest ? { pull_request: {} } : {}),
    },
    repository: { node_id: state.repositoryId, full_name: fullName, name: state.name },
    sender: { login: 'octocat' },
    ...extra,
  };
  const body = new TextEncoder().encode(JSON.stringify(payload));
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return {
    headers: {
      'Content-Type': 'application/json',
      'X-GitHub-Event': event,
      'X-GitHub-Delivery': deliveryId,
      'X-Hub-Signature-256': `sha256=${signature}`,
    },
    body,
  };
}
