import { GraphqlResponseError, graphql } from '@octokit/graphql';
import { type CallOptions, ConnectorRequestError } from '@spec-kitty/tracker-core';
import {
  type Answer,
  jsonOf,
  type Meaning,
  parseAnswer,
  type RateHeaders,
  type RateWindow,
  readAnswer,
  type TrackerFetch,
} from '@spec-kitty/tracker-http';
import * as z from 'zod';
import type { GitHubConfig } from './config.ts';
import { type AliasedMutation, mutationDocument } from './queries.ts';
import { SYSTEM } from './to-canonical.ts';

/** https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api */
export const RATE_HEADERS: readonly RateHeaders[] = [
  {
    name: 'points',
    limit: 'x-ratelimit-limit',
    remaining: 'x-ratelimit-remaining',
    reset: 'x-ratelimit-reset',
    resetIn: 'epoch_seconds',
  },
];

/** What is created, by the minute and by the hour: published, and told in no header. */
export const RATE_WINDOWS: readonly RateWindow[] = [
  { name: 'content', max: 80, perMs: 60_000 },
  { name: 'content', max: 500, perMs: 3_600_000 },
];

/** An error beside or instead of data. */
export interface GraphqlProblem {
  message: string;
  type?: string | undefined;
  path?: (string | number)[] | undefined;
}
const ProblemsSchema: z.ZodType<GraphqlProblem[]> = z.array(
  z.object({
    message: z.string(),
    type: z.optional(z.string()),
    path: z.optional(z.array(z.union([z.string(), z.number()]))),
  }),
);
const BodySchema = z.looseObject({
  data: z.optional(z.unknown()),
  message: z.optional(z.string()),
  errors: z.optional(ProblemsSchema),
});

/** What an answer means where its status does not say it. */
export function meaningOf(answer: Answer): Meaning | undefined {
  const body = readAnswer(BodySchema, jsonOf(answer));
  const [first] = body?.errors ?? [];
  const message = first?.message ?? body?.message ?? '';
  // The primary limit comes as 200, the secondary one as 200 or 403.
  const secondary = /secondary rate limit|abuse detection/i.test(message);
  if (body?.errors?.some(({ type }) => type === 'RATE_LIMITED') || secondary)
    return { failureClass: 'rate_limit', message };
  if (answer.status >= 400 || !first || (body?.data !== undefined && body.data !== null)) return undefined;
  if (/something went wrong while executing|timeout/i.test(message))
    return { failureClass: 'transient', message };
  const permission = first.type === 'FORBIDDEN' || first.type === 'INSUFFICIENT_SCOPES';
  return { failureClass: permission ? 'permission' : 'validation', message };
}

export interface Told {
  data: unknown;
  problems: readonly GraphqlProblem[];
}

/** GitHub's GraphQL API. */
export class GitHubClient {
  readonly #graphql: typeof graphql;
  readonly #fetch: TrackerFetch;

  constructor({ baseUrl, token }: Pick<GitHubConfig, 'baseUrl' | 'token'>, fetch: TrackerFetch) {
    this.#fetch = fetch;
    this.#graphql = graphql.defaults({
      baseUrl: baseUrl.replace(/\/+$/, ''),
      headers: { authorization: `bearer ${token}`, 'user-agent': 'spec-kitty-tracker-github' },
    });
  }

  /** Data that is wanted whole. @throws ConnectorRequestError */
  async read<T>(
    schema: z.ZodType<T>,
    document: string,
    variables: Record<string, unknown>,
    options: CallOptions = {},
  ): Promise<T> {
    const { data, problems } = await this.#call(document, variables, options, { reads: true });
    const [first] = problems;
    if (first?.path?.length === 1) throw problemError(first);
    return parseAnswer(schema, data, SYSTEM);
  }

  /** Data of which some may be missing, each with a problem. */
  async ask(document: string, variables: Record<string, unknown>, options: CallOptions = {}): Promise<Told> {
    return this.#call(document, variables, options, { reads: true });
  }

  /** Several mutations, one after another; a problem names the one that it is of: `m0`, `m1`, … */
  async mutate(
    mutations: readonly (AliasedMutation & { input: unknown })[],
    options: CallOptions = {},
  ): Promise<Told> {
    const inputs = mutations.map(({ input }, index) => [`i${index}`, input] as const);
    const content = mutations.filter(({ name }) => name === 'createIssue' || name === 'addComment').length;
    return this.#call(mutationDocument(mutations), Object.fromEntries(inputs), options, {
      reads: false,
      costs: { content },
    });
  }

  async #call(
    document: string,
    variables: Record<string, unknown>,
    { signal }: CallOptions,
    call: { reads: boolean; costs?: Record<string, number> },
  ): Promise<Told> {
    const fetch = (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
      this.#fetch(input, { ...init, ...(signal ? { signal } : {}) }, call);
    try {
      return { data: await this.#graphql(document, { ...variables, request: { fetch } }), problems: [] };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof GraphqlResponseError)
        return { data: error.data, problems: parseAnswer(ProblemsSchema, error.errors, SYSTEM) };
      // The error of the library holds the request: its cause alone goes further.
      throw error instanceof Error && error.cause instanceof ConnectorRequestError
        ? error.cause
        : unreadable();
    }
  }
}

function unreadable(): ConnectorRequestError {
  return new ConnectorRequestError(
    'github: an answer that is no JSON of its API. Look whether "baseUrl" is right',
    {
      provider: SYSTEM,
      failureClass: 'non_retryable',
    },
  );
}

/** A problem that leaves nothing to read. */
function problemError({ type, message, path = [] }: GraphqlProblem): ConnectorRequestError {
  const what = path.join('.');
  const classes = {
    NOT_FOUND: 'not_found',
    FORBIDDEN: 'permission',
    INSUFFICIENT_SCOPES: 'permission',
  } as const;
  const failureClass = Object.entries(classes).find(([name]) => name === type)?.[1] ?? 'validation';
  const hint =
    failureClass === 'not_found'
      ? ' Look at "owner" and "repo", and whether the token may see the repository'
      : '';
  return new ConnectorRequestError(`github: ${what}: ${message.slice(0, 300)}${hint}`, {
    provider: SYSTEM,
    failureClass,
  });
}
