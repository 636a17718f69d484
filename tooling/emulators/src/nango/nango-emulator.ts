import type { Emulator } from '../emulator.ts';
import { RequestLog } from '../emulator.ts';
import type { VirtualTime } from '../virtual-time.ts';

/** A user's connection to a provider. */
export interface NangoConnection {
  providerConfigKey: string;
  /** What answers in the provider's place. */
  provider: Pick<Emulator, 'fetch'>;
  /** Where its API begins. */
  base: string;
  /** The credentials of the connection, which only the proxy has. */
  headers: Record<string, string>;
}

/** A request as it came in, for tests that look for what must not be there. */
export interface WireRequest {
  url: string;
  method: string;
  headers: [name: string, value: string][];
  body: string;
}

export interface NangoEmulator extends Emulator {
  readonly secret: string;
  readonly connections: Map<string, NangoConnection>;
  readonly wire: WireRequest[];
}

const PROXY = '/proxy';
const PREFIX = 'nango-proxy-';
/** Of a success, that was read whole, only these come back. */
const KEPT = /^(?:content-type|x-request-id|request-id|x-github-request-id)$/;

/**
 * The Nango proxy in front of other emulators: https://docs.nango.dev/guides/proxy-requests. It adds the credentials of
 * the connection, lets only prefixed headers through, and loses most headers of an answer.
 */
export function createNangoEmulator({
  time,
  secret = 'nango-emulated-secret',
}: {
  time: VirtualTime;
  secret?: string;
}): NangoEmulator {
  const log = new RequestLog();
  const wire: WireRequest[] = [];
  const connections = new Map<string, NangoConnection>();
  const refuse = (status: number, code: string, message: string): Response =>
    Response.json({ error: { code, message } }, { status });

  async function proxied(request: Request, body: string): Promise<Response> {
    const url = new URL(request.url);
    if (!url.pathname.startsWith(`${PROXY}/`)) return refuse(404, 'not_found', 'There is no such endpoint.');
    const authorization = request.headers.get('authorization');
    if (authorization === null)
      return refuse(401, 'missing_auth_header', 'The Authorization header is missing.');
    if (authorization !== `Bearer ${secret}`)
      return refuse(401, 'unknown_account', `No account for the secret ${authorization.slice(7)}.`);
    const [id, key] = [request.headers.get('connection-id'), request.headers.get('provider-config-key')];
    if (id === null) return refuse(400, 'missing_connection_id', 'Connection-Id is missing.');
    if (key === null) return refuse(400, 'missing_provider_config_key', 'Provider-Config-Key is missing.');
    const connection = connections.get(id);
    if (!connection) return refuse(404, 'unknown_connection', `There is no connection ${id}.`);
    if (connection.providerConfigKey !== key)
      return refuse(400, 'unknown_provider_config', `There is no integration ${key} for this connection.`);
    const type = request.headers.get('content-type');
    if (body !== '' && !type?.startsWith('application/json'))
      return refuse(400, 'invalid_body', 'The body must be application/json.');
    const headers = new Headers({ 'user-agent': 'nango', ...connection.headers });
    if (body !== '') headers.set('content-type', 'application/json');
    for (const [name, value] of request.headers)
      if (name.startsWith(PREFIX)) headers.set(name.slice(PREFIX.length), value);
    const target = `${connection.base}${url.pathname.slice(PROXY.length)}${url.search}`;
    const answer = await connection.provider.fetch(target, {
      method: request.method,
      headers,
      ...(body === '' ? {} : { body }),
    });
    const kept = [...answer.headers].filter(([name]) => KEPT.test(name));
    const whole = await answer.arrayBuffer();
    return new Response(whole.byteLength === 0 ? null : whole, { status: answer.status, headers: kept });
  }

  const answering: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const body = await request.clone().text();
    wire.push({ url: request.url, method: request.method, headers: [...request.headers], body });
    const answer = await proxied(request, body);
    const kind = request.method === 'GET' ? 'read' : 'write';
    log.all.push({
      operation: new URL(request.url).pathname,
      kind,
      status: answer.status,
      limited: false,
      at: time.ms,
    });
    return answer;
  };
  return { fetch: answering, time, log, secret, connections, wire };
}
