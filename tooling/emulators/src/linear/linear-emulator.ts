import { GraphQLError, Kind } from 'graphql';
import { type Emulator, RequestLog } from '../emulator.ts';
import { executeCall, type GraphqlCall, parseCall, RefusedCall } from '../graphql-endpoint.ts';
import { VirtualTime } from '../virtual-time.ts';
import { complexityOf } from './complexity.ts';
import { mutations } from './mutations.ts';
import { LinearPeople } from './people.ts';
import { type LinearLimits, LinearRateLimits } from './rate-limits.ts';
import { linearSchema } from './schema.ts';
import { type LinearIssue, LinearWorkspace } from './state.ts';
import { Views } from './views.ts';
import { type LinearChange, type LinearDelivery, signedDelivery } from './webhook.ts';

export interface LinearEmulatorOptions {
  /** The key that is let in, raw or as `Bearer`. */
  apiKey?: string;
  webhookSecret?: string;
  time?: VirtualTime;
  /** The same ids for the same seed. */
  seed?: number;
  /** How long a request takes, in milliseconds. Default 5. */
  latencyMs?: number;
  limits?: LinearLimits;
}

/** A workspace of Linear with two teams, of which the first is worked in. */
export interface LinearEmulator extends Emulator {
  readonly apiKey: string;
  readonly webhookSecret: string;
  readonly teamId: string;
  readonly otherTeamId: string;
  /** The account of the key. */
  readonly viewerId: string;
  /** Members of the team beside it. */
  readonly memberIds: readonly string[];
  readonly workspace: LinearWorkspace;
  readonly people: LinearPeople;
  issues(): LinearIssue[];
  /** A signed delivery, sent now. */
  delivery(change: LinearChange): LinearDelivery;
}

/** The states that a team begins with. */
const STATES: readonly (readonly [name: string, type: string])[] = [
  ['Triage', 'triage'],
  ['Backlog', 'backlog'],
  ['Todo', 'unstarted'],
  ['In Progress', 'started'],
  ['In Review', 'started'],
  ['Done', 'completed'],
  ['Canceled', 'canceled'],
  ['Duplicate', 'duplicate'],
];

export function createLinearEmulator(options: LinearEmulatorOptions = {}): LinearEmulator {
  const { apiKey = 'lin_api_emulated_key', webhookSecret = 'lin_wh_emulated_secret' } = options;
  const { time = new VirtualTime(), seed = 1, latencyMs = 5, limits } = options;
  const log = new RequestLog();
  const workspace = new LinearWorkspace(time, seed);
  const { teamId, otherTeamId, memberIds } = populate(workspace);
  const rates = new LinearRateLimits(time, limits);
  const views = new Views(workspace);
  const root = { ...views.query(), ...mutations(workspace, views) };

  async function answer(request: Request): Promise<Response> {
    time.advance(latencyMs);
    const url = new URL(request.url);
    const noted = { operation: url.pathname, kind: 'read' as 'read' | 'write', status: 404, limited: false };
    const end = (status: number, body: unknown, headers: Record<string, string> = {}): Response => {
      log.all.push({ ...noted, status, at: time.ms });
      return Response.json(body, { status, headers });
    };
    if (url.pathname !== '/graphql' || request.method !== 'POST') return end(404, { error: 'Not found' });
    const given = request.headers.get('authorization');
    if (given !== apiKey && given !== `Bearer ${apiKey}`) return end(401, refusedKey());
    if (!/^application\/json\b/.test(request.headers.get('content-type') ?? ''))
      return end(400, refused([new GraphQLError('This operation has been blocked: no content-type')]));
    let call: GraphqlCall;
    let complexity: number;
    try {
      call = parseCall(linearSchema, await request.text());
      Object.assign(noted, { operation: call.name, kind: call.kind });
      complexity = complexityOf(linearSchema, call);
    } catch (error) {
      if (error instanceof RefusedCall) return end(400, refused(error.errors));
      throw error;
    }
    const fields = fieldsOf(call);
    const taken = rates.take(fields, complexity);
    const headers = rates.headers(fields, complexity);
    if (!taken) {
      noted.limited = true;
      return end(400, limited(), headers);
    }
    return end(200, await executeCall(linearSchema, call, root), headers);
  }

  return {
    apiKey,
    webhookSecret,
    teamId,
    otherTeamId,
    viewerId: workspace.viewerId,
    memberIds,
    workspace,
    time,
    log,
    people: new LinearPeople(workspace, teamId, memberIds[0] ?? ''),
    fetch: (input, init) => answer(new Request(input, init)),
    issues: () => [...workspace.issues.values()],
    delivery: (change) => signedDelivery(workspace, webhookSecret, change),
  };
}

function fieldsOf({ operation }: GraphqlCall): string[] {
  return operation.selectionSet.selections.flatMap((one) =>
    one.kind === Kind.FIELD ? [one.name.value] : [],
  );
}

/** What was refused before it was executed. */
function refused(errors: readonly GraphQLError[]): { errors: unknown[] } {
  return {
    errors: errors.map((error) => ({
      ...error.toJSON(),
      extensions: {
        type: 'graphql error',
        code: 'GRAPHQL_VALIDATION_FAILED',
        statusCode: 400,
        ...error.extensions,
      },
    })),
  };
}

function refusedKey(): { errors: unknown[] } {
  const extensions = {
    type: 'authentication error',
    code: 'AUTHENTICATION_ERROR',
    statusCode: 401,
    userError: true,
    userPresentableMessage: 'You need to authenticate to access this operation.',
  };
  return { errors: [{ message: 'Authentication required, not authenticated', extensions }] };
}

function limited(): { errors: unknown[] } {
  const extensions = {
    type: 'ratelimited',
    code: 'RATELIMITED',
    statusCode: 429,
    userError: true,
    userPresentableMessage: 'Rate limit exceeded.',
  };
  return { errors: [{ message: 'Rate limit exceeded', extensions }] };
}

function populate(workspace: LinearWorkspace): {
  teamId: string;
  otherTeamId: string;
  memberIds: string[];
} {
  const createdAt = workspace.now;
  const user = (name: string): string => {
    const id = workspace.newId();
    const email = `${name.toLowerCase()}@acme.example`;
    workspace.users.set(id, { id, name, email, active: true, createdAt });
    return id;
  };
  workspace.viewerId = user('Sync');
  const memberIds = [user('Ada'), user('Grace'), user('Edsger')];
  const team = (key: string, name: string): string => {
    const id = workspace.newId();
    workspace.teams.set(id, { id, key, name, memberIds: [workspace.viewerId, ...memberIds], createdAt });
    for (const [position, [stateName, type]] of STATES.entries()) {
      const stateId = workspace.newId();
      workspace.states.set(stateId, {
        id: stateId,
        teamId: id,
        name: stateName,
        type,
        position,
        createdAt,
      });
    }
    return id;
  };
  const teamId = team('ABC', 'Alphabet');
  const otherTeamId = team('XYZ', 'Others');
  const id = workspace.newId();
  workspace.labels.set(id, { id, teamId: null, name: 'Bug', isGroup: false, createdAt });
  return { teamId, otherTeamId, memberIds };
}
