import {
  type Clock,
  copyJson,
  type ExternalRef,
  fingerprint,
  JsonValueSchema,
  type TrackerEvent,
  TrackerEventSchema,
  type TrackerEventType,
  toTimestamp,
} from '@spec-kitty/tracker-core';
import {
  deliveredJson,
  headerOf,
  isFresh,
  parseAnswer,
  readAnswer,
  unsigned,
  verifyHmac,
  type WebhookRequest,
} from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { isUuid, SYSTEM } from './system.ts';

/** https://linear.app/developers/webhooks#securing-webhooks */
const WINDOW_MS = 60_000;
export const SIGNATURE_HEADER = 'linear-signature';
const DELIVERY_HEADER = 'linear-delivery';

const team = z.looseObject({ id: z.string() }).optional();
const DeliverySchema = z.looseObject({
  action: z.string(),
  type: z.string(),
  createdAt: z.string().optional(),
  webhookTimestamp: z.number(),
  data: z.looseObject({
    id: z.string().min(1),
    identifier: z.string().optional(),
    url: z.string().optional(),
    teamId: z.string().nullish(),
    team: team.nullable(),
    archivedAt: z.string().nullish(),
    trashed: z.boolean().nullish(),
    issueId: z.string().nullish(),
    issue: z.looseObject({ id: z.string(), teamId: z.string().nullish(), team: team.nullable() }).nullish(),
  }),
  updatedFrom: z.looseObject({ teamId: z.string().nullish() }).nullish(),
});
type Delivery = z.infer<typeof DeliverySchema>;

export interface Receiver {
  secret: string;
  clock: Clock;
  workspace: string;
  teamId: string;
}

/**
 * The events of a delivery. Those of other teams, and of what is no issue, are left out.
 * @throws ConnectorRequestError 401 where it is not signed, or not of this minute; TrackerContractError, kind `webhook`,
 * for a signed body that is no delivery.
 */
export async function readDelivery(request: WebhookRequest, receiver: Receiver): Promise<TrackerEvent[]> {
  const signature = headerOf(request, SIGNATURE_HEADER);
  // Not by the verifier of the SDK, which asks the machine's own clock.
  const signed = await verifyHmac({
    secret: receiver.secret,
    content: request.body,
    signature,
    encoding: 'hex',
  });
  if (!signed) unsigned(SYSTEM, 'its signature is missing or wrong');
  const json = deliveredJson(SYSTEM, request);
  const delivery = parseAnswer(DeliverySchema, json, SYSTEM, 'webhook');
  if (!isFresh(delivery.webhookTimestamp, receiver.clock, WINDOW_MS))
    unsigned(SYSTEM, 'it was sent more than a minute ago, or is of the future');
  const about = aboutOf(delivery, receiver);
  if (!about) return [];
  const { eventType, issueRef } = about;
  const event = {
    eventId: `${headerOf(request, DELIVERY_HEADER)?.slice(0, 200) ?? fingerprint(signature ?? '')}-${eventType}`,
    eventType,
    issueRef,
    timestamp: timeOf(delivery),
    payload: copyJson(readAnswer(JsonValueSchema, json) ?? {}),
  };
  return [parseAnswer(TrackerEventSchema, event, SYSTEM, 'webhook')];
}

function aboutOf(
  { type, action, data, updatedFrom }: Delivery,
  { workspace, teamId }: Receiver,
): { eventType: TrackerEventType; issueRef: ExternalRef } | undefined {
  const ref = (id: string): ExternalRef => ({ system: SYSTEM, workspace, id });
  if (type === 'Issue') {
    const team = data.teamId ?? data.team?.id;
    // One that was moved away concerns the team that it left.
    if (team !== undefined && team !== teamId && updatedFrom?.teamId !== teamId) return undefined;
    const issueRef = {
      ...ref(data.id),
      ...(data.identifier === undefined ? {} : { key: data.identifier }),
      ...(data.url === undefined ? {} : { url: data.url }),
    };
    const gone = action === 'remove' || data.trashed === true || (data.archivedAt ?? null) !== null;
    if (gone) return { eventType: 'deleted', issueRef };
    if (action === 'create') return { eventType: 'created', issueRef };
    return { eventType: updatedFrom && 'stateId' in updatedFrom ? 'transitioned' : 'updated', issueRef };
  }
  const issueId = data.issueId ?? data.issue?.id;
  if (issueId == null || !isUuid(issueId)) return undefined;
  const team = data.issue?.teamId ?? data.issue?.team?.id;
  if (team !== undefined && team !== teamId) return undefined;
  const added = type === 'Comment' && action === 'create';
  return { eventType: added ? 'comment_added' : 'updated', issueRef: ref(issueId) };
}

function timeOf({ createdAt, webhookTimestamp }: Delivery): string {
  const told = createdAt === undefined ? undefined : toTimestamp(createdAt);
  return told ?? new Date(webhookTimestamp).toISOString();
}
