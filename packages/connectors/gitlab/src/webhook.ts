import {
  CapabilityNotSupportedError,
  type Clock,
  type ExternalRef,
  fingerprint,
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
  sameToken,
  unsigned,
  verifyHmac,
  type WebhookRequest,
} from '@spec-kitty/tracker-http';
import * as z from 'zod';
import type { Home } from './home.ts';
import { SYSTEM } from './to-canonical.ts';

const WINDOW_MS = 300_000;
const SIGNING = 'whsec_';

const text = z.optional(z.nullable(z.string()));
const IssueSchema = z.object({
  iid: z.int().min(1),
  updated_at: text,
  url: text,
  action: text,
});
const DeliverySchema = z.object({
  object_kind: z.optional(z.string()),
  project: z.optional(z.object({ id: z.int(), path_with_namespace: z.optional(z.string()) })),
  object_attributes: z.optional(z.unknown()),
  issue: z.optional(z.nullable(IssueSchema)),
});
const NoteSchema = z.object({ action: text, updated_at: text, system: z.optional(z.nullable(z.boolean())) });

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#issue-events; what is not named is an update. */
const TYPES: Readonly<Record<string, TrackerEventType>> = {
  open: 'created',
  close: 'transitioned',
  reopen: 'transitioned',
};

export interface WebhookParts {
  secret: string | undefined;
  home: Home;
  clock: Clock;
}

/**
 * The events of a delivery, after it was proved. One that is about no issue of this project gives none.
 * @throws CapabilityNotSupportedError without a secret, ConnectorRequestError 401 for what is not proved,
 * TrackerContractError, kind `webhook`, for a body that is no delivery.
 */
export async function readDelivery(request: WebhookRequest, parts: WebhookParts): Promise<TrackerEvent[]> {
  const { secret, home, clock } = parts;
  if (secret === undefined)
    throw new CapabilityNotSupportedError('webhooks are believed only with a "webhookSecret"', {
      capability: 'supportsWebhooks',
      fieldPath: 'webhookSecret',
    });
  if (secret.startsWith(SIGNING)) await assertSigned(request, secret, clock);
  else if (!(await sameToken(headerOf(request, 'x-gitlab-token'), secret)))
    return unsigned(SYSTEM, 'X-Gitlab-Token is missing or wrong');
  const delivery = parseAnswer(DeliverySchema, deliveredJson(SYSTEM, request), SYSTEM, 'webhook');
  const { project } = delivery;
  if (!project || !home.is({ id: project.id, path: project.path_with_namespace })) return [];
  const event = eventOf(delivery, home, project.path_with_namespace ?? home.workspace, clock);
  if (!event) return [];
  return parseAnswer(z.array(TrackerEventSchema), [{ eventId: idOf(request), ...event }], SYSTEM, 'webhook');
}

/** Over the id, the time and the bytes, as https://www.standardwebhooks.com says; several signatures stand side by side. */
async function assertSigned(request: WebhookRequest, secret: string, clock: Clock): Promise<void> {
  const id = headerOf(request, 'webhook-id') ?? '';
  const sentAt = headerOf(request, 'webhook-timestamp') ?? '';
  const given = headerOf(request, 'webhook-signature') ?? '';
  const key = keyIn(secret);
  const head = new TextEncoder().encode(`${id}.${sentAt}.`);
  const content = new Uint8Array(head.length + request.body.length);
  content.set(head);
  content.set(request.body, head.length);
  let isRight = false;
  for (const signature of given.split(' ').slice(0, 10))
    isRight ||= await verifyHmac({ secret: key, content, signature, encoding: 'base64', prefix: 'v1,' });
  if (id === '' || !isRight) unsigned(SYSTEM, 'webhook-signature is missing or wrong');
  if (!/^\d{1,12}$/.test(sentAt) || !isFresh(Number(sentAt) * 1000, clock, WINDOW_MS))
    unsigned(SYSTEM, 'it is older than five minutes, or of a clock that is wrong');
}

/** No bytes where it is no Base64: then no signature is right. */
function keyIn(secret: string): Uint8Array {
  try {
    return Uint8Array.from(atob(secret.slice(SIGNING.length)), (char) => char.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** The same when a delivery is tried again. An older GitLab names none: then what it says. */
function idOf(request: WebhookRequest): string {
  const named = ['webhook-id', 'idempotency-key', 'x-gitlab-event-uuid'].map((name) =>
    headerOf(request, name),
  );
  return (
    named.find((id) => id !== undefined && id !== '') ?? fingerprint(new TextDecoder().decode(request.body))
  );
}

function eventOf(
  { object_kind: kind, object_attributes: attributes, issue }: z.infer<typeof DeliverySchema>,
  home: Home,
  path: string,
  clock: Clock,
): Omit<TrackerEvent, 'eventId'> | undefined {
  const told = (at: string | null | undefined): string => timeOf(at) ?? clock.now();
  if (kind === 'issue' || kind === 'work_item') {
    const found = parseAnswer(IssueSchema, attributes, SYSTEM, 'webhook');
    const action = found.action ?? '';
    return {
      eventType: Object.hasOwn(TYPES, action) ? (TYPES[action] ?? 'updated') : 'updated',
      issueRef: refOf(found, home, path),
      timestamp: told(found.updated_at),
      payload: { action },
    };
  }
  if (kind !== 'note' || !issue) return undefined;
  const note = parseAnswer(NoteSchema, attributes, SYSTEM, 'webhook');
  const action = note.action ?? 'create';
  return {
    eventType: action === 'create' && note.system !== true ? 'comment_added' : 'updated',
    issueRef: refOf(issue, home, path),
    timestamp: told(note.updated_at),
    payload: { action },
  };
}

/** Times in webhooks are RFC 3339, or `2026-01-05 09:00:00 UTC`. */
function timeOf(given: string | null | undefined): string | undefined {
  return toTimestamp((given ?? '').replace(/^(\S+) (\S+) UTC$/, '$1T$2Z'));
}

function refOf({ iid, url }: z.infer<typeof IssueSchema>, { workspace }: Home, path: string): ExternalRef {
  const ref = { system: SYSTEM, workspace, id: String(iid), key: `${path}#${iid}` };
  return url == null ? ref : { ...ref, url };
}
