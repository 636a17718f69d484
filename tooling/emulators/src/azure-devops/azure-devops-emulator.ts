import { z } from 'zod';
import { type Emulator, RequestLog } from '../emulator.ts';
import {
  matchOperation,
  operation,
  parseRest,
  type RestAnswer,
  type RestOperation,
  toResponse,
} from '../rest-endpoint.ts';
import { VirtualTime } from '../virtual-time.ts';
import { azureBatch } from './batch.ts';
import { AzureLimits } from './limits.ts';
import { type AzureWorld, azureOperations } from './operations.ts';
import { type AzureProcess, PROCESSES } from './process.ts';
import { AzureRefusal } from './refusal.ts';
import { AzureDevOpsState, type AzureItem } from './state.ts';
import { AzureViews } from './views.ts';
import { type AzureDelivery, type AzureEvent, type AzureHookAuth, azureDelivery } from './webhooks.ts';

export interface AzureDevOpsEmulatorOptions {
  organization?: string;
  project?: string;
  /** Without a slash at its end. */
  baseUrl?: string;
  token?: string;
  /** Whose token it is. */
  viewer?: string;
  users?: readonly string[];
  process?: 'agile' | 'basic' | AzureProcess;
  time?: VirtualTime;
  /** What each request takes. Default 20. */
  latencyMs?: number;
  /** How long a query shows what was before a change. Default 0. */
  queryLagMs?: number;
  /** Ids that a query answers at most. Default 20,000, as at the vendor. */
  maxIds?: number;
  /** Whether a link makes a revision. Default false. */
  linksMakeRevisions?: boolean;
  /** How a token that is refused is answered: plainly, or with a page to sign in. Default `page`. */
  refusedToken?: 'plain' | 'page';
  /** Whether the vendor's limits are enforced. Default true. */
  limits?: boolean;
  webhookSecret?: string;
}

export interface AzureDevOpsEmulator extends Emulator {
  readonly state: AzureDevOpsState;
  readonly token: string;
  /** What it answers, to be held against the vendor's description. */
  readonly operations: readonly RestOperation[];
  /** A delivery about an item, as if it had happened just now. */
  deliver(
    event: AzureEvent,
    item: AzureItem,
    given?: { auth?: AzureHookAuth; extra?: Record<string, unknown> },
  ): AzureDelivery;
}

const SIGN_IN = '<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head></html>';
const HTML = { 'content-type': 'text/html; charset=utf-8' };

/** The work items of one project of Azure DevOps, over its REST API. */
export function createAzureDevOpsEmulator(options: AzureDevOpsEmulatorOptions = {}): AzureDevOpsEmulator {
  const { organization = 'acme', project = 'Shop', token = 'azdo_emulated' } = options;
  const { baseUrl = 'https://dev.azure.com', viewer = 'spec-kitty-bot' } = options;
  const { users = ['ada', 'grace', 'linus'], process = 'agile', webhookSecret = 'hook secret' } = options;
  const { time = new VirtualTime(), latencyMs = 20, queryLagMs = 0, maxIds = 20_000 } = options;
  const { refusedToken = 'page', limits: enforced = true, linksMakeRevisions = false } = options;
  const log = new RequestLog();
  const limits = new AzureLimits();
  const state = new AzureDevOpsState({
    process: typeof process === 'string' ? PROCESSES[process] : process,
    users: [viewer, ...users],
    now: () => time.ms,
    linksMakeRevisions,
  });
  const place = { organization, project, baseUrl };
  const views = new AzureViews(state, place);
  const [us = { id: '', displayName: viewer, uniqueName: viewer }] = state.users;
  const world: AzureWorld = { state, views, viewer: us, project, now: () => time.ms, queryLagMs, maxIds };
  const described = azureOperations(world);
  const operations = [
    ...described,
    azureBatch(world),
    operation({
      method: 'GET',
      path: '/{organization}/_apis/connectionData',
      kind: 'read',
      query: z.object({ 'api-version': z.literal('7.1-preview.1') }),
      handle: () => ({ status: 200, body: views.connection(us) }),
    }),
  ];
  const expected = `Basic ${Buffer.from(`:${token}`).toString('base64')}`;
  let deliveries = 0;

  async function answered(
    one: RestOperation,
    params: Record<string, string>,
    request: Request,
  ): Promise<RestAnswer> {
    const [where, what] = [params['organization'] ?? '', params['project'] ?? project];
    if (where.toLowerCase() !== organization.toLowerCase())
      return { status: 404, body: SIGN_IN, headers: HTML };
    if (what.toLowerCase() !== project.toLowerCase())
      return new AzureRefusal(
        404,
        'ProjectDoesNotExistWithNameException',
        `TF200016: The following project does not exist: ${what}. Verify that the name of the project is correct and that the project exists on the specified Azure DevOps Server.`,
      ).answer;
    const type = (request.headers.get('content-type') ?? '').split(';')[0];
    const wanted = one.path.includes('/workitems/') ? 'application/json-patch+json' : 'application/json';
    if (one.body && type !== wanted)
      return new AzureRefusal(
        415,
        'VssRequestContentTypeNotSupportedException',
        `The request indicated a Content-Type of "${type}" for method type "${one.method}" which is not supported. Valid content types for this method are: ${wanted}.`,
      ).answer;
    const parsed = await parseRest(one, request);
    if ('problem' in parsed)
      return new AzureRefusal(400, 'VssPropertyValidationException', `VS403438: ${parsed.problem}`).answer;
    try {
      return await one.handle({ ...parsed, params, headers: request.headers });
    } catch (error) {
      if (error instanceof AzureRefusal) return error.answer;
      throw error;
    }
  }

  const answering: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    time.advance(latencyMs);
    const pathname = new URL(request.url).pathname.replace(/\/$/, '');
    const found = matchOperation(operations, request.method, pathname);
    const note = (answer: RestAnswer, limited = false): Response => {
      const one = found.found === 'operation' ? found.operation : undefined;
      const name = one?.path.replace(/^.*\/_apis\/(?:wit\/)?/, '') ?? pathname;
      const entry = { operation: `${request.method} ${name}`, kind: one?.kind ?? ('read' as const) };
      log.all.push({ ...entry, status: answer.status, limited, at: time.ms });
      return toResponse(answer);
    };
    if (request.headers.get('authorization') !== expected)
      return note(
        refusedToken === 'page'
          ? { status: 203, body: SIGN_IN, headers: HTML }
          : {
              status: 401,
              body: '',
              headers: { 'www-authenticate': 'Bearer, Basic realm="https://app.vssps"' },
            },
      );
    if (found.found !== 'operation')
      return note(
        new AzureRefusal(
          found.found === 'path' ? 405 : 404,
          'VssResourceNotFoundException',
          `The controller for path '${pathname}' was not found or does not take ${request.method}.`,
        ).answer,
      );
    const bytes = (await request.clone().arrayBuffer()).byteLength;
    // A weight of ours: what is written weighs more than what is read.
    const units = found.operation.kind === 'write' ? 1 + bytes / 20_000 : 1;
    const verdict = enforced ? limits.take(time.ms, units) : { ok: true as const, headers: {}, delayMs: 0 };
    if (!verdict.ok)
      return note(
        {
          status: 429,
          headers: verdict.headers,
          body: new AzureRefusal(
            429,
            'RequestBlockedException',
            'TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource "Concurrency" in namespace "User".',
          ).body,
        },
        true,
      );
    time.advance(verdict.delayMs);
    const answer = await answered(found.operation, found.params, request);
    return note({ ...answer, headers: { ...answer.headers, ...verdict.headers } });
  };

  return {
    fetch: answering,
    time,
    log,
    state,
    token,
    operations: described,
    deliver(event, item, { auth = 'basic', extra = {} } = {}) {
      deliveries += 1;
      return azureDelivery(views, place, {
        secret: webhookSecret,
        auth,
        number: deliveries,
        event,
        item,
        now: time.ms,
        extra,
      });
    },
  };
}
