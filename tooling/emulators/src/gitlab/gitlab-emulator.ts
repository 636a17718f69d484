import { type Emulator, RequestLog } from '../emulator.ts';
import {
  matchOperation,
  parseRest,
  type RestAnswer,
  type RestOperation,
  toResponse,
} from '../rest-endpoint.ts';
import { VirtualTime } from '../virtual-time.ts';
import { GitlabLimits } from './limits.ts';
import { gitlabOperations } from './operations.ts';
import { GitlabRefusal } from './refusal.ts';
import { type GitlabIssue, type GitlabProject, GitlabState, type GitlabTier } from './state.ts';
import { GitlabViews } from './views.ts';
import { type GitlabDelivery, type GitlabProof, gitlabDelivery } from './webhooks.ts';

export interface GitlabEmulatorOptions {
  /** The first is the one that people work in. */
  projects?: readonly [GitlabProject, ...GitlabProject[]];
  token?: string;
  /** Whose token it is. */
  viewer?: string;
  usernames?: readonly string[];
  role?: 'owner' | 'reporter' | 'guest';
  tier?: GitlabTier;
  /** Where the server is, with its path if it has one. */
  url?: string;
  time?: VirtualTime;
  /** What each request takes. Default 20. */
  latencyMs?: number;
  /** How long a created issue is in no listing. Default 0. */
  listLagMs?: number;
  /** Whether the vendor's limits are enforced. Default true. */
  limits?: boolean;
  /** Whether pages are told in headers, which a proxy takes away. Default true. */
  pageHeaders?: boolean;
  webhookToken?: string;
  /** `whsec_` and Base64. */
  signingSecret?: string;
}

export interface GitlabEmulator extends Emulator {
  readonly state: GitlabState;
  readonly token: string;
  readonly operations: readonly RestOperation[];
  /** A delivery about an issue, as if it had happened just now. */
  deliver(
    event: 'Issue Hook' | 'Note Hook',
    action: string,
    issue: GitlabIssue,
    options?: { proof?: GitlabProof; extra?: Record<string, unknown> },
  ): GitlabDelivery;
}

const RETRY_LATER = 'Retry later\n';

/** GitLab's REST API over a few projects. */
export function createGitlabEmulator(options: GitlabEmulatorOptions = {}): GitlabEmulator {
  const {
    token = 'glpat-emulated',
    viewer = 'spec-kitty-bot',
    usernames = ['ada', 'grace', 'linus'],
  } = options;
  const { projects = [{ id: 42, path: 'acme/shop' }], role = 'owner', tier = 'premium' } = options;
  const { time = new VirtualTime(), latencyMs = 20, listLagMs = 0, limits: enforced = true } = options;
  const { url = 'https://gitlab.com', pageHeaders = true } = options;
  const { webhookToken = 'hook secret', signingSecret = 'whsec_aG9vayBzZWNyZXQ=' } = options;
  const log = new RequestLog();
  const limits = new GitlabLimits();
  const state = new GitlabState({ projects, usernames: [viewer, ...usernames], tier, now: () => time.ms });
  const views = new GitlabViews(state, url);
  const operations = gitlabOperations({ state, views, viewer, role, listLagMs });
  const base = `${new URL(url).pathname.replace(/\/$/, '')}/api/v4`;
  let deliveries = 0;

  async function run(
    one: RestOperation,
    params: Record<string, string>,
    request: Request,
  ): Promise<RestAnswer> {
    const parsed = await parseRest(one, request);
    if ('problem' in parsed) return { status: 400, body: { error: parsed.problem } };
    try {
      return await one.handle({ params, headers: request.headers, ...parsed });
    } catch (error) {
      if (!(error instanceof GitlabRefusal)) throw error;
      return { status: error.status, body: error.body };
    }
  }

  const answering: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    time.advance(latencyMs);
    const { pathname } = new URL(request.url);
    const note = (answer: RestAnswer, name: string, kind: 'read' | 'write', limited = false): Response => {
      log.all.push({ operation: name, kind, status: answer.status, limited, at: time.ms });
      const told = Object.entries(answer.headers ?? {}).filter(
        ([header]) => pageHeaders || !header.startsWith('x-'),
      );
      return toResponse({ ...answer, headers: { ...limits.headers(time.ms), ...Object.fromEntries(told) } });
    };
    const given =
      request.headers.get('private-token') ?? request.headers.get('authorization')?.replace(/^bearer /i, '');
    if (given !== token)
      return note({ status: 401, body: { message: '401 Unauthorized' } }, 'unauthorised', 'read');
    const matched = pathname.startsWith(`${base}/`)
      ? matchOperation(operations, request.method, pathname.slice(base.length))
      : ({ found: 'nothing' } as const);
    if (matched.found !== 'operation') {
      const refused =
        matched.found === 'path'
          ? { status: 405, body: { error: '405 Not Allowed' } }
          : { status: 404, body: { error: '404 Not Found' } };
      return note(refused, `${request.method} ${pathname}`, 'read');
    }
    const { operation: one, params } = matched;
    const name = `${one.method} ${one.path}`;
    const makes =
      one.method !== 'POST' || one.path.endsWith('/links')
        ? undefined
        : one.path.endsWith('/notes')
          ? ('notes' as const)
          : ('issues' as const);
    const verdict = enforced ? limits.take(time.ms, makes) : 'ok';
    if (verdict === 'all requests')
      return note(
        { status: 429, body: RETRY_LATER, headers: { 'retry-after': limits.retryAfter(time.ms) } },
        name,
        one.kind,
        true,
      );
    if (verdict === 'this endpoint') {
      const error = 'This endpoint has been requested too many times. Try again later.';
      return note({ status: 429, body: { message: { error } } }, name, one.kind, true);
    }
    if (one.body && !/^application\/json\b/.test(request.headers.get('content-type') ?? ''))
      return note(
        { status: 415, body: { error: 'The provided content-type is not supported.' } },
        name,
        one.kind,
      );
    return note(await run(one, params, request), name, one.kind);
  };

  return {
    fetch: answering,
    time,
    log,
    state,
    token,
    operations,
    deliver(event, action, issue, { proof = 'token', extra } = {}) {
      deliveries += 1;
      const id = `00000000-0000-4000-8000-${String(deliveries).padStart(12, '0')}`;
      return gitlabDelivery(state, views, {
        event,
        action,
        issue,
        proof,
        token: webhookToken,
        signingSecret,
        id,
        ...(extra ? { extra } : {}),
      });
    },
  };
}
