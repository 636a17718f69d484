import {
  ConnectorRequestError,
  describeZodError,
  TrackerContractError,
  type TrackerEvent,
  TrackerEventSchema,
} from '@spec-kitty/tracker-core';
import * as z from 'zod';

/** Names the signature of a delivery: `sha256=` and the HMAC of its body in hexadecimal. */
export const SIGNATURE_HEADER = 'x-spec-kitty-signature';
const SIGNATURE = /^sha256=([0-9a-f]{64})$/;
const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;

const DeliverySchema = z.strictObject({ events: z.array(TrackerEventSchema).max(1000) });

function keyOf(secret: string, usage: 'sign' | 'verify') {
  return crypto.subtle.importKey('raw', new TextEncoder().encode(secret), HMAC, false, [usage]);
}

function unauthorised(message: string): never {
  throw new ConnectorRequestError(message, { statusCode: 401, provider: 'memory' });
}

/** A delivery as this tracker sends it. */
export async function signedDelivery(
  secret: string,
  events: TrackerEvent[],
): Promise<{ headers: Record<string, string>; body: Uint8Array }> {
  const body = new TextEncoder().encode(JSON.stringify({ events }));
  const mac = new Uint8Array(await crypto.subtle.sign(HMAC, await keyOf(secret, 'sign'), body));
  const hex = [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: `sha256=${hex}` }, body };
}

/**
 * The events of a delivery, after its signature was checked.
 * @throws ConnectorRequestError 401 for a signature that is missing or wrong; TrackerContractError, kind `webhook`,
 * for a signed body that is no delivery.
 */
export async function readDelivery(
  secret: string,
  request: { headers: Record<string, string>; body: Uint8Array },
): Promise<TrackerEvent[]> {
  const header =
    Object.entries(request.headers).find(([name]) => name.toLowerCase() === SIGNATURE_HEADER)?.[1] ?? '';
  const hex = SIGNATURE.exec(header)?.[1] ?? unauthorised(`the delivery has no ${SIGNATURE_HEADER} of ours`);
  const mac = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const body = new Uint8Array(request.body);
  if (!(await crypto.subtle.verify(HMAC, await keyOf(secret, 'verify'), mac, body))) {
    return unauthorised('the signature of the delivery is wrong');
  }
  const parsed = DeliverySchema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data.events;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new TrackerContractError(`not a delivery: ${message}`, {
    provider: 'memory',
    kind: 'webhook',
    fieldPath,
  });
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new TrackerContractError('the body of the delivery is no JSON', {
      provider: 'memory',
      kind: 'webhook',
      cause,
    });
  }
}
