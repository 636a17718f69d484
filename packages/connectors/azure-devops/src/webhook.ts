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
  sameToken,
  unsigned,
  type WebhookRequest,
} from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { SYSTEM } from './system.ts';
import { type Place, refOf } from './to-canonical.ts';

/** Where the secret stands that a hook was given as a header of its own. */
export const SECRET_HEADER = 'x-webhook-secret';

const FieldsSchema = z.looseObject({ 'System.TeamProject': z.optional(z.string()) });
const DeliverySchema = z.object({
  id: z.string().min(1).max(256),
  eventType: z.string(),
  createdDate: z.optional(z.string()),
  resource: z.object({
    id: z.optional(z.int()),
    workItemId: z.optional(z.int()),
    rev: z.optional(z.int()),
    fields: z.optional(FieldsSchema),
    revision: z.optional(z.object({ fields: z.optional(FieldsSchema) })),
  }),
  resourceContainers: z.optional(
    z.object({ collection: z.optional(z.object({ baseUrl: z.optional(z.string()) })) }),
  ),
});
type Delivery = z.infer<typeof DeliverySchema>;

/** https://learn.microsoft.com/en-us/azure/devops/service-hooks/events */
const TYPES: Readonly<Record<string, TrackerEventType>> = {
  'workitem.created': 'created',
  'workitem.updated': 'updated',
  'workitem.deleted': 'deleted',
  'workitem.restored': 'updated',
  'workitem.commented': 'comment_added',
};

export interface HookRules {
  secret: string | undefined;
  organization: string;
  project: string;
  place: Place;
}

/**
 * The events of a delivery that came with the secret. One that is about no item of this project gives none.
 * @throws CapabilityNotSupportedError without a secret, ConnectorRequestError 401 for one that is wrong,
 * TrackerContractError, kind `webhook`, for a body that is no delivery.
 */
export async function readDelivery(request: WebhookRequest, rules: HookRules): Promise<TrackerEvent[]> {
  const { secret } = rules;
  if (secret === undefined)
    throw new CapabilityNotSupportedError('service hooks are believed only with a "webhookSecret"', {
      capability: 'supportsWebhooks',
      fieldPath: 'webhookSecret',
    });
  const given = [passwordIn(headerOf(request, 'authorization')), headerOf(request, SECRET_HEADER)];
  const right = await Promise.all(given.map((one) => sameToken(one, secret)));
  if (!right.includes(true)) return unsigned(SYSTEM, 'the password, or the header, is missing or wrong');
  // Nothing is signed: that the body is whole is all that can be seen.
  const length = headerOf(request, 'content-length');
  const encoded = headerOf(request, 'content-encoding') !== undefined;
  if (length !== undefined && !encoded && length.trim() !== String(request.body.length))
    return unsigned(SYSTEM, 'the body is not as long as its headers say');
  const delivery = parseAnswer(DeliverySchema, deliveredJson(SYSTEM, request), SYSTEM, 'webhook');
  return parseAnswer(z.array(TrackerEventSchema), eventsOf(delivery, rules), SYSTEM, 'webhook');
}

/** The password of basic authentication; whose it is said to be does not matter. */
function passwordIn(header: string | undefined): string | undefined {
  const encoded = /^basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header?.trim() ?? '')?.[1];
  if (encoded === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0));
    const text = new TextDecoder().decode(bytes);
    return text.includes(':') ? text.slice(text.indexOf(':') + 1) : undefined;
  } catch {
    return undefined;
  }
}

function eventsOf(delivery: Delivery, { organization, project, place }: HookRules): TrackerEvent[] {
  const { id: eventId, eventType, createdDate = '', resource, resourceContainers } = delivery;
  const type = Object.hasOwn(TYPES, eventType) ? TYPES[eventType] : undefined;
  // Of an update, `id` is the number of the update.
  const item = eventType === 'workitem.updated' ? resource.workItemId : resource.id;
  if (type === undefined || item === undefined) return [];
  const fields = resource.revision?.fields ?? resource.fields;
  const named = fields?.['System.TeamProject'];
  if (named !== undefined && named.toLowerCase() !== project.toLowerCase()) return [];
  const base = resourceContainers?.collection?.baseUrl;
  if (base !== undefined && !isOf(base, organization)) return [];
  const transitioned = type === 'updated' && Object.hasOwn(resource.fields ?? {}, 'System.State');
  const issueRef: ExternalRef = refOf(item, place);
  return [
    {
      eventId,
      eventType: transitioned && eventType === 'workitem.updated' ? 'transitioned' : type,
      issueRef,
      timestamp: toTimestamp(createdDate) ?? createdDate,
      payload: { eventType, ...(resource.rev === undefined ? {} : { rev: resource.rev }) },
    },
  ];
}

/** `https://dev.azure.com/acme/`, and `https://acme.visualstudio.com/` as it was before. */
function isOf(base: string, organization: string): boolean {
  const wanted = organization.toLowerCase();
  return base.toLowerCase().startsWith(`https://${wanted}.visualstudio.com/`)
    ? true
    : base.toLowerCase().split('/').includes(wanted);
}
