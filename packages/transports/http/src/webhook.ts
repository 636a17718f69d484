import { type Clock, ConnectorRequestError, TrackerContractError } from '@spec-kitty/tracker-core';

/** A delivery as it came in: nothing of it is believed before its signature is checked. */
export interface WebhookRequest {
  headers: Record<string, string>;
  body: Uint8Array;
}

/** A header by its name, whatever its case. */
export function headerOf({ headers }: WebhookRequest, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(headers).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

/** A signature, and what it is compared with. */
export interface HmacSignature {
  secret: string | Uint8Array;
  /** What was signed. */
  content: Uint8Array;
  signature: string | undefined;
  encoding: 'hex' | 'base64';
  /** What stands before the signature, such as `sha256=`. */
  prefix?: string;
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;

/** Whether an HMAC-SHA256 is right. It is compared in constant time. */
export async function verifyHmac(given: HmacSignature): Promise<boolean> {
  const { secret, content, signature, encoding, prefix = '' } = given;
  if (!signature?.startsWith(prefix)) return false;
  const mac = decoded(signature.slice(prefix.length), encoding);
  const key = typeof secret === 'string' ? new TextEncoder().encode(secret) : new Uint8Array(secret);
  if (!mac || key.length === 0) return false;
  const imported = await crypto.subtle.importKey('raw', key, HMAC, false, ['verify']);
  return crypto.subtle.verify(HMAC, imported, mac, new Uint8Array(content));
}

/** Whether a token is the expected one. Its HMACs under a key made for this comparison are compared, in constant time. */
export async function sameToken(given: string | undefined, expected: string): Promise<boolean> {
  if (given === undefined || expected === '') return false;
  const random = crypto.getRandomValues(new Uint8Array(32));
  const key = await crypto.subtle.importKey('raw', random, HMAC, false, ['sign', 'verify']);
  const mac = await crypto.subtle.sign(HMAC, key, new TextEncoder().encode(expected));
  return crypto.subtle.verify(HMAC, key, mac, new TextEncoder().encode(given));
}

/** Whether a delivery is of now, by the time that is signed with it. Both in milliseconds. */
export function isFresh(sentAt: number, clock: Clock, windowMs: number): boolean {
  return Math.abs(Date.parse(clock.now()) - sentAt) <= windowMs;
}

/** The last deliveries that came in, by their ids: a replay is told from the first. */
export class SeenDeliveries {
  readonly #capacity: number;
  readonly #ids = new Set<string>();

  /** @param capacity how many ids are kept; the oldest go first. Default 10,000. */
  constructor(capacity = 10_000) {
    this.#capacity = capacity;
  }

  /** True the first time that an id is asked for. */
  isNew(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > this.#capacity && oldest !== undefined) this.#ids.delete(oldest);
    return true;
  }
}

/** @throws ConnectorRequestError 401 */
export function unsigned(provider: string, why: string): never {
  throw new ConnectorRequestError(`${provider}: the delivery is not believed: ${why}`, {
    provider,
    statusCode: 401,
  });
}

/** The body of a delivery as JSON. @throws TrackerContractError, kind `webhook` */
export function deliveredJson(provider: string, { body }: WebhookRequest): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new TrackerContractError(`${provider}: the body of the delivery is no JSON`, {
      provider,
      kind: 'webhook',
      cause,
    });
  }
}

function decoded(text: string, encoding: HmacSignature['encoding']): Uint8Array<ArrayBuffer> | undefined {
  if (encoding === 'hex') {
    if (!/^(?:[0-9a-f]{2})+$/i.test(text)) return undefined;
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
