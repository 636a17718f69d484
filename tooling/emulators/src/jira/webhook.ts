import { createHmac } from 'node:crypto';
import type { JiraIssue } from './state.ts';

export interface JiraDelivery {
  headers: Record<string, string>;
  body: Uint8Array;
}

/** A delivery as Jira sends it: https://developer.atlassian.com/cloud/jira/platform/webhooks/ */
export function jiraDelivery(given: {
  secret: string;
  identifier: string;
  event: string;
  issue: JiraIssue;
  view: Record<string, unknown>;
  at: number;
  extra: Record<string, unknown>;
}): JiraDelivery {
  const { secret, identifier, event, view, at, extra } = given;
  const body = new TextEncoder().encode(
    JSON.stringify({ timestamp: at, webhookEvent: event, issue: view, ...extra }),
  );
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return {
    headers: {
      'Content-Type': 'application/json; charset=UTF-8',
      'X-Atlassian-Webhook-Identifier': identifier,
      'X-Atlassian-Webhook-Retry': '0',
      'X-Hub-Signature': `sha256=${signature}`,
    },
    body,
  };
}
