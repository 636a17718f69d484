import {
  CapabilityNotSupportedError,
  fingerprint,
  type TrackerEvent,
  TrackerEventSchema,
  type TrackerEventType,
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
import { SYSTEM } from './system.ts';
import { type Reading, refOf } from './to-canonical.ts';

const DeliverySchema = z.object({
  timestamp: z.number(),
  webhookEvent: z.string(),
  issue: z.optional(
    z.object({
      id: z.union([z.string().min(1), z.int()]),
      key: z.string().min(1),
      fields: z.optional(z.object({ project: z.optional(z.object({ key: z.string() })) })),
    }),
  ),
  changelog: z.optional(
    z.object({
      items: z._default(
        z.array(
          z.object({
            field: z.string(),
            fromString: z.nullish(z.string()),
            toString: z.nullish(z.string()),
          }),
        ),
        [],
      ),
    }),
  ),
});
type Delivery = z.infer<typeof DeliverySchema>;

/** https://developer.atlassian.com/cloud/jira/platform/webhooks/; what is not named is an update. */
const TYPES: Readonly<Record<string, TrackerEventType>> = {
  'jira:issue_created': 'created',
  'jira:issue_deleted': 'deleted',
  comment_created: 'comment_added',
};

/**
 * The events of a delivery, after its signature was checked. One that is about no issue of this project gives none.
 * @throws CapabilityNotSupportedError without a secret, ConnectorRequestError 401 for a signature that is wrong,
 * TrackerContractError, kind `webhook`, for a signed body that is no delivery.
 */
export async function readDelivery(
  request: WebhookRequest,
  given: { secret: string | undefined; projectKey: string } & Pick<Reading, 'workspace' | 'webUrl'>,
): Promise<TrackerEvent[]> {
  const { secret, projectKey } = given;
  if (secret === undefined)
    throw new CapabilityNotSupportedError('webhooks are believed only with a "webhookSecret"', {
      capability: 'supportsWebhooks',
      fieldPath: 'webhookSecret',
    });
  const signature = headerOf(request, 'x-hub-signature');
  const right = await verifyHmac({
    secret,
    content: request.body,
    signature,
    encoding: 'hex',
    prefix: 'sha256=',
  });
  if (!right) return unsigned(SYSTEM, 'X-Hub-Signature is missing or wrong');
  const delivery = parseAnswer(DeliverySchema, deliveredJson(SYSTEM, request), SYSTEM, 'webhook');
  const { issue, timestamp, webhookEvent } = delivery;
  if (!issue || !concerns(delivery, projectKey)) return [];
  // It is not signed; without it a repeat is told by what it holds.
  const identifier = headerOf(request, 'x-atlassian-webhook-identifier') ?? '';
  const eventId = identifier === '' ? fingerprint(new TextDecoder().decode(request.body)) : identifier;
  const event = {
    eventId,
    eventType: typeOf(delivery),
    issueRef: refOf({ id: String(issue.id), key: issue.key }, given),
    timestamp: timeOf(timestamp),
    payload: { webhookEvent },
  };
  return parseAnswer(z.array(TrackerEventSchema), [event], SYSTEM, 'webhook');
}

function timeOf(timestamp: number): string {
  const time = new Date(timestamp);
  return Number.isNaN(time.getTime()) ? String(timestamp).slice(0, 64) : time.toISOString();
}

function typeOf({ webhookEvent, changelog }: Delivery): TrackerEventType {
  const known = Object.hasOwn(TYPES, webhookEvent) ? TYPES[webhookEvent] : undefined;
  if (known) return known;
  const isIssue = webhookEvent === 'jira:issue_updated';
  return isIssue && changelog?.items.some(({ field }) => field === 'status') ? 'transitioned' : 'updated';
}

/** An issue of the project, or one that has just left it: it is told by the key that it had. */
function concerns({ issue, changelog }: Delivery, projectKey: string): boolean {
  const keys = [
    issue?.key,
    ...(changelog?.items ?? []).flatMap(({ field, fromString }) => (field === 'Key' ? [fromString] : [])),
  ];
  return (
    issue?.fields?.project?.key === projectKey ||
    keys.some((key) => key?.toUpperCase().startsWith(`${projectKey}-`))
  );
}
