import { type Emulator, RequestLog } from '../emulator.ts';
import {
  matchOperation,
  parseRest,
  type RestAnswer,
  type RestOperation,
  toResponse,
} from '../rest-endpoint.ts';
import { VirtualTime } from '../virtual-time.ts';
import { commentOperations } from './comment-operations.ts';
import { isoSeconds, JiraLimits } from './limits.ts';
import { issueOperations, type JiraSeat, siteOperations } from './operations.ts';
import { JiraRefusal } from './refusal.ts';
import { type SearchOptions, searchOperations } from './search-operations.ts';
import { type JiraIssue, type JiraSite, JiraState } from './state.ts';
import { JiraViews } from './views.ts';
import { type JiraDelivery, jiraDelivery } from './webhook.ts';

export interface JiraEmulatorOptions extends Partial<SearchOptions> {
  email?: string;
  apiToken?: string;
  accessToken?: string;
  /** Whose credentials they are. */
  viewer?: string;
  site?: Partial<JiraSite>;
  /** What stands before `/rest`, as at the gateway for OAuth: `/ex/jira/` and the id of the site. */
  basePath?: string;
  time?: VirtualTime;
  /** What each request takes. Default 20. */
  latencyMs?: number;
  /** Whether the vendor's limits are enforced. Default true. */
  limits?: boolean;
  /** Requests of an hour. */
  quota?: number;
  webhookSecret?: string;
}

export interface JiraEmulator extends Emulator {
  readonly state: JiraState;
  readonly email: string;
  readonly apiToken: string;
  readonly accessToken: string;
  readonly viewer: string;
  /** The accounts of everybody else. */
  readonly people: readonly string[];
  readonly operations: readonly RestOperation[];
  /** A signed delivery about an issue, as if it had happened just now. */
  deliver(event: string, issue: JiraIssue, extra?: Record<string, unknown>): JiraDelivery;
}

export const JIRA_VIEWER = '5b10a2844c20165700ede21g';
export const JIRA_PEOPLE = [
  '5b10ac8d82e05b22cc7d4ef5',
  '557058:295406f3-a1fc-4733-b906-dd15d021bd79',
] as const;

const DEFAULT_SITE: JiraSite = {
  projects: ['SHOP', 'OPS'],
  users: [
    { accountId: JIRA_VIEWER, displayName: 'Spec Kitty' },
    { accountId: JIRA_PEOPLE[0], displayName: 'Ada' },
    { accountId: JIRA_PEOPLE[1], displayName: 'Grace' },
  ],
  types: [
    { id: '10001', name: 'Task', level: 0 },
    { id: '10002', name: 'Story', level: 0 },
    { id: '10003', name: 'Bug', level: 0 },
    { id: '10004', name: 'Epic', level: 1 },
    { id: '10005', name: 'Sub-task', level: -1 },
  ],
  statuses: [
    { id: '3001', name: 'To Do', category: 'new' },
    { id: '3002', name: 'In Progress', category: 'indeterminate' },
    { id: '3003', name: 'In Review', category: 'indeterminate' },
    { id: '3004', name: 'Done', category: 'done' },
  ],
  transitions: [
    { id: '11', name: 'Reopen', to: 'To Do' },
    { id: '21', name: 'Start work', to: 'In Progress' },
    { id: '31', name: 'Ask for review', to: 'In Review' },
    { id: '41', name: 'Close', to: 'Done' },
  ],
  priorities: ['Highest', 'High', 'Medium', 'Low', 'Lowest'],
  customFields: [{ id: 'customfield_10050', name: 'Mission', kind: 'textarea' }],
};

/** Jira Cloud's REST API, version 3, over one site. */
export function createJiraEmulator(options: JiraEmulatorOptions = {}): JiraEmulator {
  const { email = 'bot@acme.example', apiToken = 'ATATT-emulated', accessToken = 'eyJ-emulated' } = options;
  const { viewer = JIRA_VIEWER, basePath = '', webhookSecret = 'hook secret' } = options;
  const { time = new VirtualTime(), latencyMs = 20, limits: enforced = true } = options;
  const { timeZone = 'UTC', indexLagMs = 0, shortPages = true } = options;
  const site = { ...DEFAULT_SITE, ...options.site };
  const log = new RequestLog();
  const limits = new JiraLimits(options.quota);
  const state = new JiraState(site, () => time.ms);
  let origin = '';
  let deliveries = 0;
  const views = new JiraViews(state, () => origin, timeZone);
  const seat: JiraSeat = { state, views, viewer, now: () => time.ms };
  const operations = [
    ...siteOperations(seat),
    ...issueOperations(seat),
    ...commentOperations(seat),
    ...searchOperations(seat, { timeZone, indexLagMs, shortPages }),
  ];
  const prefix = `${basePath}/rest/api/3`;
  const basic = `Basic ${Buffer.from(`${email}:${apiToken}`).toString('base64')}`;

  /** What a token of OAuth may reach. https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/ */
  function sites(request: Request): RestAnswer {
    if (request.headers.get('authorization') !== `Bearer ${accessToken}`) return refused(401, 'Unauthorized');
    const scopes = ['read:jira-work', 'write:jira-work'];
    const id = basePath.slice(basePath.lastIndexOf('/') + 1);
    return {
      status: 200,
      body: [
        { id, url: 'https://acme.atlassian.net', name: 'acme', scopes, avatarUrl: 'https://acme.example/a' },
      ],
    };
  }

  async function run(
    request: Request,
  ): Promise<{ answer: RestAnswer; operation: string; write: boolean; limited?: boolean }> {
    const { pathname } = new URL(request.url);
    if (basePath !== '' && pathname === '/oauth/token/accessible-resources')
      return { answer: sites(request), operation: `GET ${pathname}`, write: false };
    const path = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : '';
    const matched = matchOperation(operations, request.method, path);
    if (matched.found !== 'operation') {
      const operation = `${request.method} ${pathname}`;
      const status = matched.found === 'path' ? 405 : 404;
      return { answer: { status, body: { errorMessages: [], errors: {} } }, operation, write: false };
    }
    const { operation, params } = matched;
    const name = `${operation.method} ${operation.path}`;
    const write = operation.kind === 'write';
    const given = request.headers.get('authorization');
    if (given !== basic && given !== `Bearer ${accessToken}`)
      return {
        answer: refused(401, 'Client must be authenticated to access this resource.'),
        operation: name,
        write,
      };
    const written = write ? params['issueIdOrKey'] : undefined;
    const over = enforced ? limits.take(time.ms, written) : undefined;
    if (over) {
      const headers = {
        'Retry-After': String(over.retryAfterSeconds),
        'X-RateLimit-Reset': isoSeconds(over.resetAt),
        'X-RateLimit-Remaining': '0',
        'RateLimit-Reason': over.reason,
      };
      return {
        answer: { ...refused(429, 'Rate limit exceeded.'), headers },
        operation: name,
        write,
        limited: true,
      };
    }
    if (operation.body && !/^application\/json\b/.test(request.headers.get('content-type') ?? ''))
      return {
        answer: { status: 415, body: refused(415, 'Unsupported Media Type').body },
        operation: name,
        write,
      };
    const parsed = await parseRest(operation, request);
    if ('problem' in parsed)
      return { answer: refused(400, `Invalid request payload. ${parsed.problem}`), operation: name, write };
    try {
      return {
        answer: await operation.handle({ params, headers: request.headers, ...parsed }),
        operation: name,
        write,
      };
    } catch (error) {
      if (!(error instanceof JiraRefusal)) throw error;
      return { answer: { status: error.status, body: error.body }, operation: name, write };
    }
  }

  const answering: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    time.advance(latencyMs);
    origin = new URL(request.url).origin;
    const { answer, operation, write, limited = false } = await run(request);
    log.all.push({ operation, kind: write ? 'write' : 'read', status: answer.status, limited, at: time.ms });
    const rate = enforced ? limits.headers(time.ms) : {};
    return toResponse({ ...answer, headers: { ...rate, ...answer.headers } });
  };

  return {
    fetch: answering,
    time,
    log,
    state,
    email,
    apiToken,
    accessToken,
    viewer,
    people: site.users.map(({ accountId }) => accountId).filter((one) => one !== viewer),
    operations,
    deliver(event, issue, extra = {}) {
      deliveries += 1;
      const identifier = `delivery-${String(deliveries).padStart(12, '0')}`;
      const fields = ['summary', 'project', 'status', 'issuetype', 'updated', 'created'];
      const view = views.issue(issue, fields, []);
      return jiraDelivery({ secret: webhookSecret, identifier, event, issue, view, at: time.ms, extra });
    },
  };
}

function refused(status: number, message: string): RestAnswer {
  return { status, body: { errorMessages: [message], errors: {} } };
}
