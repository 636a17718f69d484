import { ConnectorRequestError, HostedAuthRequiredError } from '@spec-kitty/tracker-core';
import { createRedactor, readAnswer, wordsOf } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { DEFAULT_NANGO_URL, type NangoContext } from './nango-context.ts';

/** What Nango says itself, and no provider: `{ "error": { "code", "message" } }`. */
const ProxyErrorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string().max(200),
    message: z.optional(z.string()),
    errors: z.optional(z.unknown()),
  }),
});

const JSON_TYPE = 'application/json';
const JSON_BODY = /^application\/json(?:;|$)/i;
/**
 * Headers that never leave for the provider. Nango adds the credentials of the connection; those of a connector are none,
 * since the host has none.
 */
const NEVER_SENT = new Set([
  'authorization',
  'private-token',
  'x-api-key',
  'cookie',
  'proxy-authorization',
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
]);
const MAX_ERROR_BYTES = 100_000;

/**
 * A `fetch` that sends each request through the Nango proxy: path and query stay, the origin is the proxy's, and the
 * credentials are those of the connection. https://docs.nango.dev/guides/proxy-requests
 * @throws ConnectorRequestError for what the proxy itself refuses, HostedAuthRequiredError where the user has to connect
 * again.
 */
export function createProxyFetch(
  provider: string,
  context: NangoContext,
  inner: typeof fetch = fetch,
): typeof fetch {
  const { nangoSecretKey, connectionId, providerConfigKey, nangoBaseUrl = DEFAULT_NANGO_URL } = context;
  const base = `${nangoBaseUrl.replace(/\/+$/, '')}/proxy`;
  const redact = createRedactor([nangoSecretKey]);

  return async (input, init) => {
    const request = new Request(input, init);
    const headers = new Headers({
      authorization: `Bearer ${nangoSecretKey}`,
      'connection-id': connectionId,
      'provider-config-key': providerConfigKey,
    });
    for (const [name, value] of request.headers) {
      if (NEVER_SENT.has(name)) continue;
      // The proxy reads JSON alone; another type is told to the provider.
      const isJson = name === 'content-type' && JSON_BODY.test(value);
      if (!isJson) headers.set(`nango-proxy-${name}`, value);
    }
    if (request.body !== null) headers.set('content-type', JSON_TYPE);
    const body = request.body === null ? undefined : await request.arrayBuffer();
    const response = await inner(
      new Request(proxiedUrl(provider, base, request.url), {
        method: request.method,
        headers,
        signal: request.signal,
        // Followed by nobody but the caller, who comes through here again.
        redirect: 'manual',
        ...(body === undefined ? {} : { body }),
      }),
    );
    if (response.status < 400) return response;
    const text = await response.text();
    const told = text.length > MAX_ERROR_BYTES ? undefined : readAnswer(ProxyErrorSchema, jsonOf(text));
    const said = told && wordsOf(`${told.error.code}: ${told.error.message ?? ''}`, redact);
    if (said !== undefined) throw refusal(provider, response.status, told?.error.code ?? '', said);
    if (response.status === 401)
      throw new HostedAuthRequiredError(
        `${provider} refuses the connection ${connectionId}: connect it again`,
        {
          provider,
        },
      );
    return new Response(text, response);
  };
}

/** @throws ConnectorRequestError where the path would lead out of the proxy. */
function proxiedUrl(provider: string, base: string, asked: string): URL {
  const { pathname, search } = new URL(asked);
  const url = new URL(`${base}${pathname}${search}`);
  const climbs = decodedWhole(pathname)
    .split(/[/\\]/)
    .some((part) => part === '..' || part === '.');
  if (climbs || !url.href.startsWith(`${base}/`) || pathname.includes('\\'))
    throw new ConnectorRequestError(`${provider}: the path leads out of the proxy; it was not sent`, {
      provider,
      failureClass: 'non_retryable',
    });
  return url;
}

/** Also what was encoded more than once: somebody behind may decode it again. */
function decodedWhole(path: string): string {
  let text = path;
  for (let times = 0; times < 5; times += 1) {
    let next: string;
    try {
      next = decodeURIComponent(text);
    } catch {
      return text;
    }
    if (next === text) return text;
    text = next;
  }
  return text;
}

/** Of the proxy's own refusals, those about the connection are for its user. */
function refusal(provider: string, statusCode: number, code: string, said: string): ConnectorRequestError {
  const aboutTheHost = /secret|account|environment|api_key|unauthori[sz]ed/i.test(code);
  const aboutTheConnection = /connection|credentials|token|refresh/i.test(code);
  if (!aboutTheHost && (aboutTheConnection || statusCode === 401 || statusCode === 403))
    return new HostedAuthRequiredError(
      `${provider}: the proxy has no use of this connection (${said}): connect it again`,
      {
        provider,
        statusCode,
      },
    );
  return new ConnectorRequestError(`${provider}: the proxy refused (${said})`, {
    provider,
    statusCode,
    ...(aboutTheHost ? { failureClass: 'authentication' as const } : {}),
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
