import { ConnectorRequestError } from '@spec-kitty/tracker-core';
import type { Answer } from './answer.ts';
import type { Redact } from './redactor.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface ExchangeRules {
  fetch: typeof fetch;
  provider: string;
  redact: Redact;
  maxBodyBytes: number;
}

/** A URL as it may stand in a message: a query may hold a key. */
export function placeOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/**
 * One request and its whole answer. A redirect is followed inside its origin, and where it keeps the method.
 * @throws ConnectorRequestError `redirect_refused` or `answer_too_large`, neither of which is tried again.
 */
export async function exchange(request: Request, rules: ExchangeRules): Promise<Answer> {
  const origin = new URL(request.url).origin;
  const body = request.body === null ? undefined : await request.clone().arrayBuffer();
  let url = request.url;
  for (let redirects = 0; ; redirects += 1) {
    const response = await rules.fetch(sentTo(url, request, body));
    const next = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (next === null) return readWhole(response, request.method, url, rules);
    await response.body?.cancel();
    const target = new URL(next, url);
    const keeps =
      ['GET', 'HEAD'].includes(request.method) || response.status === 307 || response.status === 308;
    if (target.origin !== origin || !keeps || redirects === MAX_REDIRECTS)
      throw refused(
        rules,
        `${request.method} ${placeOf(url)} was redirected to ${placeOf(target.href)}`,
        response.status,
      );
    url = target.href;
  }
}

function sentTo(url: string, request: Request, body: ArrayBuffer | undefined): Request {
  const { method, headers, signal } = request;
  return new Request(url, {
    method,
    headers,
    signal,
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  });
}

function refused(
  { provider, redact }: ExchangeRules,
  what: string,
  statusCode: number,
): ConnectorRequestError {
  return new ConnectorRequestError(
    `${provider}: ${redact(what)}. It is not followed: credentials stay with the configured address. Configure the address that it moved to`,
    { provider, statusCode, failureClass: 'non_retryable' },
    'redirect_refused',
  );
}

async function readWhole(
  response: Response,
  method: string,
  url: string,
  rules: ExchangeRules,
): Promise<Answer> {
  const place = placeOf(url);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size > rules.maxBodyBytes) throw tooLarge(rules, `${method} ${place}`, response.status);
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return { status: response.status, headers: response.headers, method, place, body };
}

function tooLarge(
  { provider, redact, maxBodyBytes }: ExchangeRules,
  what: string,
  statusCode: number,
): ConnectorRequestError {
  return new ConnectorRequestError(
    `${provider}: ${redact(what)} answered more than ${maxBodyBytes} bytes; nothing of it was used`,
    { provider, statusCode, failureClass: 'non_retryable' },
    'answer_too_large',
  );
}
