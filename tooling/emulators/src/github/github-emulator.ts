import { type Emulator, RequestLog } from '../emulator.ts';
import { executeCall, type GraphqlCall, parseCall, RefusedCall } from '../graphql-endpoint.ts';
import { VirtualTime } from '../virtual-time.ts';
import { costOf, GithubLimits, POINTS_PER_HOUR } from './limits.ts';
import { githubMutations } from './mutations.ts';
import { githubSchema } from './schema.ts';
import { asGithubError, type GithubIssue, GithubRefusal, GithubState } from './state.ts';
import { Views } from './views.ts';
import { type GithubDelivery, githubDelivery } from './webhooks.ts';

export interface GithubEmulatorOptions {
  owner?: string;
  repo?: string;
  token?: string;
  /** Whose token it is. */
  viewer?: string;
  logins?: readonly string[];
  /** The issue types of the organisation; none as in a personal account. */
  types?: readonly string[];
  labels?: readonly string[];
  time?: VirtualTime;
  /** What each request takes. Default 20. */
  latencyMs?: number;
  /** How long a created issue is in no listing. Default 0. */
  listLagMs?: number;
  /** Whether the vendor's limits are enforced. Default true. */
  limits?: boolean;
  webhookSecret?: string;
}

export interface GithubEmulator extends Emulator {
  readonly state: GithubState;
  readonly token: string;
  /** A signed delivery about an issue, as if it had happened just now. */
  deliver(event: string, action: string, issue: GithubIssue, extra?: Record<string, unknown>): GithubDelivery;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** GitHub's GraphQL API over one repository. */
export function createGithubEmulator(options: GithubEmulatorOptions = {}): GithubEmulator {
  const { owner = 'acme', repo = 'shop', token = 'ghp_emulated', viewer = 'spec-kitty-bot' } = options;
  const { logins = ['ada', 'grace', 'linus'], types = [], labels = ['bug', 'help wanted'] } = options;
  const { time = new VirtualTime(), latencyMs = 20, listLagMs = 0, webhookSecret = 'hook secret' } = options;
  const { limits: enforced = true } = options;
  const log = new RequestLog();
  const limits = new GithubLimits();
  const state = new GithubState({
    owner,
    name: repo,
    logins: [viewer, ...logins],
    types,
    now: () => time.ms,
  });
  for (const name of labels) state.createLabel(name, 'ededed');
  let deliveries = 0;

  const rateHeaders = (): Record<string, string> => {
    const { limit, remaining, used, resetAt } = limits.state(time.ms);
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(Math.ceil(resetAt / 1000)),
      'x-ratelimit-resource': 'graphql',
      'x-github-request-id': `EMUL:${log.all.length}`,
    };
  };
  const answer = (body: unknown, status = 200): Response =>
    new Response(JSON.stringify(body), { status, headers: { ...JSON_TYPE, ...rateHeaders() } });

  /** As in the vendor's words: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api */
  function limited(limit: 'primary' | 'secondary'): Response {
    if (limit === 'primary')
      return answer({
        errors: [{ type: 'RATE_LIMITED', message: `API rate limit exceeded for ${viewer}.` }],
      });
    return answer(
      {
        message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
        documentation_url: 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api',
      },
      403,
    );
  }

  async function run(call: GraphqlCall): Promise<{ response: Response; limited: boolean }> {
    let cost: { points: number; content: number };
    try {
      cost = costOf(call);
    } catch (error) {
      if (!(error instanceof GithubRefusal)) throw error;
      return { response: answer({ errors: [{ type: error.type, message: error.message }] }), limited: false };
    }
    const verdict = enforced ? limits.take(time.ms, cost) : ({ ok: true } as const);
    if (!verdict.ok) return { response: limited(verdict.limit), limited: true };
    const rateLimit = (): Record<string, unknown> => {
      const { remaining, used, resetAt } = limits.state(time.ms);
      const at = new Date(resetAt).toISOString().replace(/\.\d+Z/, 'Z');
      return { limit: POINTS_PER_HOUR, cost: cost.points, nodeCount: 0, remaining, used, resetAt: at };
    };
    const views = new Views({ state, viewer, listedUntil: time.ms - listLagMs, rateLimit });
    const root = call.kind === 'write' ? githubMutations(state, views, viewer, () => {}) : views.root();
    const { data, errors } = await executeCall(githubSchema, call, root);
    return {
      response: answer(errors ? { data, errors: errors.map(asGithubError) } : { data }),
      limited: false,
    };
  }

  const answering: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    time.advance(latencyMs);
    const { pathname } = new URL(request.url);
    const note = (
      response: Response,
      operation: string,
      kind: 'read' | 'write',
      isLimited = false,
    ): Response => {
      log.all.push({ operation, kind, status: response.status, limited: isLimited, at: time.ms });
      return response;
    };
    if (!/^\/(?:api\/)?graphql$/.test(pathname) || request.method !== 'POST')
      return note(answer({ message: 'Not Found' }, 404), `${request.method} ${pathname}`, 'read');
    const given = request.headers.get('authorization') ?? '';
    if (!/^(?:bearer|token) /i.test(given) || given.replace(/^\S+ /, '') !== token)
      return note(answer({ message: 'Bad credentials', status: '401' }, 401), 'unauthorised', 'read');
    if ((request.headers.get('user-agent') ?? '') === '')
      return note(
        new Response('Request forbidden by administrative rules.', { status: 403 }),
        'no user agent',
        'read',
      );
    let call: GraphqlCall;
    try {
      call = parseCall(githubSchema, await request.text());
    } catch (error) {
      if (!(error instanceof RefusedCall)) throw error;
      return note(answer({ errors: error.errors.map(asGithubError) }), 'refused', 'read');
    }
    const { response, limited: isLimited } = await run(call);
    return note(response, call.name, call.kind, isLimited);
  };

  return {
    fetch: answering,
    time,
    log,
    state,
    token,
    deliver(event, action, issue, extra) {
      deliveries += 1;
      const deliveryId = `00000000-0000-4000-8000-${String(deliveries).padStart(12, '0')}`;
      return githubDelivery(state, {
        secret: webhookSecret,
        deliveryId,
        event,
        action,
        issue,
        ...(extra ? { extra } : {}),
      });
    },
  };
}
