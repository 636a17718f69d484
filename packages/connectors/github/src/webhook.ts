import {
  CapabilityNotSupportedError,
  type ExternalRef,
  type TrackerEvent,
  TrackerEventSchema,
  type TrackerEventType,
  toTimestamp,
} from '@spec-kitty/tracker-core';
import {
  deliveredJson,
  headerOf,
  parseAnswer,
  unsigned,
  verifyHmac,
  type WebhookRequest,
} from '@spec-kitty/tracker-http';
import * as z from 'zod';
import type { Home } from './home.ts';
import { SYSTEM } from './to-canonical.ts';

const IssueSchema = z.object({
  node_id: z.string().min(1),
  number: z.int(),
  html_url: z.optional(z.string()),
  updated_at: z.string(),
  pull_request: z.optional(z.unknown()),
});
const RepositorySchema = z.object({ full_name: z.string() });

const DeliverySchema = z.object({
  action: z.optional(z.string()),
  repository: z.optional(RepositorySchema),
  issue: z.optional(IssueSchema),
  sub_issue: z.optional(IssueSchema),
  parent_issue: z.optional(IssueSchema),
  blocked_issue: z.optional(IssueSchema),
  blocking_issue: z.optional(IssueSchema),
  changes: z.optional(
    z.object({ new_issue: z.optional(IssueSchema), new_repository: z.optional(RepositorySchema) }),
  ),
});
type Delivery = z.infer<typeof DeliverySchema>;
type DeliveredIssue = z.infer<typeof IssueSchema>;

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues; what is not named is an update. */
const TYPES: Readonly<Record<string, TrackerEventType>> = {
  opened: 'created',
  closed: 'transitioned',
  reopened: 'transitioned',
  deleted: 'deleted',
  transferred: 'moved',
};

export interface Receiver {
  secret: string | undefined;
  home: Home;
  /** Asks what the repository is called now. */
  learn(): Promise<unknown>;
}

/**
 * The events of a delivery, after its signature was checked. One that is about no issue of this repository gives none.
 * @throws CapabilityNotSupportedError without a secret, ConnectorRequestError 401 for a signature that is wrong,
 * TrackerContractError, kind `webhook`, for a signed body that is no delivery.
 */
export async function readDelivery(
  request: WebhookRequest,
  { secret, home, learn }: Receiver,
): Promise<TrackerEvent[]> {
  if (secret === undefined)
    throw new CapabilityNotSupportedError('webhooks are believed only with a "webhookSecret"', {
      capability: 'supportsWebhooks',
      fieldPath: 'webhookSecret',
    });
  const signature = headerOf(request, 'x-hub-signature-256');
  const right = await verifyHmac({
    secret,
    content: request.body,
    signature,
    encoding: 'hex',
    prefix: 'sha256=',
  });
  if (!right) return unsigned(SYSTEM, 'X-Hub-Signature-256 is missing or wrong');
  const delivery = parseAnswer(DeliverySchema, deliveredJson(SYSTEM, request), SYSTEM, 'webhook');
  const deliveryId = headerOf(request, 'x-github-delivery') ?? '';
  if (deliveryId === '') return unsigned(SYSTEM, 'X-GitHub-Delivery is missing');
  // Another name: another repository, or this one after a rename.
  const named = delivery.repository?.full_name;
  if (named !== undefined && !home.is(named)) await learn();
  const events = eventsOf(headerOf(request, 'x-github-event') ?? '', delivery, { deliveryId, home });
  return parseAnswer(z.array(TrackerEventSchema), events, SYSTEM, 'webhook');
}

function eventsOf(
  name: string,
  delivery: Delivery,
  { deliveryId, home }: { deliveryId: string; home: Home },
): TrackerEvent[] {
  const { action = '', repository } = delivery;
  if (!repository || !home.is(repository.full_name)) return [];
  const { workspace } = home;
  const event = (
    type: TrackerEventType,
    issue: DeliveredIssue,
    payload: TrackerEvent['payload'] = { action },
  ) => ({
    eventType: type,
    issueRef: refOf(issue, workspace),
    timestamp: toTimestamp(issue.updated_at) ?? issue.updated_at,
    payload,
  });
  const { issue, changes } = delivery;
  const found: Omit<TrackerEvent, 'eventId'>[] = [];
  if (name === 'issues' && issue) {
    const { new_issue: moved, new_repository: to } = changes ?? {};
    if (action === 'transferred' && moved && to) {
      const { key: _, url: __, ...from } = refOf(issue, workspace);
      // Where it is now is another workspace; this one has it no more.
      found.push({ ...event('moved', issue, { from }), issueRef: refOf(moved, to.full_name) });
      found.push(event('deleted', issue));
    } else found.push(event(Object.hasOwn(TYPES, action) ? (TYPES[action] ?? 'updated') : 'updated', issue));
  } else if (name === 'issue_comment' && issue && issue.pull_request === undefined)
    found.push(event(action === 'created' ? 'comment_added' : 'updated', issue));
  else if (name === 'sub_issues' || name === 'issue_dependencies')
    for (const end of [
      delivery.sub_issue,
      delivery.parent_issue,
      delivery.blocked_issue,
      delivery.blocking_issue,
    ])
      if (end) found.push(event('link_upserted', end));
  return found.map((one, index) => ({
    eventId: index === 0 ? deliveryId : `${deliveryId}:${index}`,
    ...one,
  }));
}

function refOf({ node_id: id, number, html_url: url }: DeliveredIssue, workspace: string): ExternalRef {
  const ref = { system: SYSTEM, workspace, id, key: `${workspace}#${number}` };
  return url === undefined ? ref : { ...ref, url };
}
