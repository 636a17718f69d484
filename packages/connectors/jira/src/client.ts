import { type CallOptions, ConnectorRequestError } from '@spec-kitty/tracker-core';
import { parseAnswer, type RateHeaders, readAnswer, type TrackerFetch } from '@spec-kitty/tracker-http';
import type * as z from 'zod';
import { type Refusal, RefusalSchema } from './answers.ts';
import type { JiraConfig } from './config.ts';
import { SYSTEM } from './system.ts';

/** https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ */
export const RATE_HEADERS: readonly RateHeaders[] = [
  {
    name: 'requests',
    limit: 'x-ratelimit-limit',
    remaining: 'x-ratelimit-remaining',
    reset: 'x-ratelimit-reset',
    resetIn: 'iso',
  },
];

const REFUSED = 'x-spec-kitty-refused';

/**
 * A fetch under which a request that Jira refused for what is in it is an answer like others: of a 400, what it says of
 * which field and of which item is needed, and an error holds only its words.
 */
export function withRefusals(inner: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await inner(input, init);
    const headers = new Headers(response.headers);
    headers.delete(REFUSED);
    if (response.status !== 400) return new Response(response.body, { ...statusOf(response), headers });
    headers.set(REFUSED, '400');
    return new Response(response.body, { status: 200, headers });
  };
}

const statusOf = ({ status, statusText }: Response): { status: number; statusText: string } => ({
  status,
  statusText,
});

export type Answered = { ok: true; body: unknown } | { ok: false; refusal: Refusal; body: unknown };

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
interface Sent {
  query?: Record<string, string>;
  body?: unknown;
}

/** Jira's REST API, version 3. */
export class JiraClient {
  readonly #base: string;
  readonly #authorization: string;
  readonly #fetch: TrackerFetch;

  constructor(
    config: Pick<JiraConfig, 'baseUrl' | 'email' | 'apiToken' | 'accessToken'>,
    fetch: TrackerFetch,
  ) {
    const { baseUrl, email = '', apiToken = '', accessToken } = config;
    this.#base = `${baseUrl.replace(/\/+$/, '')}/rest/api/3`;
    this.#authorization = accessToken === undefined ? basic(email, apiToken) : `Bearer ${accessToken}`;
    this.#fetch = fetch;
  }

  /** What only reads, also where it is asked for by POST. @throws ConnectorRequestError */
  async read<T>(
    schema: z.ZodType<T>,
    method: 'GET' | 'POST',
    path: string,
    sent: Sent = {},
    options: CallOptions = {},
  ): Promise<T> {
    const answer = await this.#call(method, path, sent, options, true);
    if (answer.ok) return parseAnswer(schema, answer.body, SYSTEM);
    throw refusedRequest(`${method} ${path}`, answer.refusal);
  }

  /** @throws ConnectorRequestError for all but what Jira refuses for what is in it. */
  async write(method: Method, path: string, sent: Sent, options: CallOptions = {}): Promise<Answered> {
    return this.#call(method, path, sent, options, false);
  }

  async #call(
    method: Method,
    path: string,
    { query = {}, body }: Sent,
    { signal }: CallOptions,
    reads: boolean,
  ): Promise<Answered> {
    const search = new URLSearchParams(query).toString();
    const response = await this.#fetch(
      `${this.#base}${path}${search === '' ? '' : `?${search}`}`,
      {
        method,
        headers: {
          accept: 'application/json',
          authorization: this.#authorization,
          'user-agent': 'spec-kitty-tracker-jira',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      },
      { reads },
    );
    const text = await response.text();
    // What was written is written, whatever the answer looks like.
    const json = reads ? jsonIn(text) : readable(text);
    if (response.headers.get(REFUSED) === null) return { ok: true, body: json };
    const refusal = readAnswer(RefusalSchema, json) ?? { errorMessages: [], errors: {} };
    return { ok: false, refusal, body: json };
  }
}

function basic(email: string, apiToken: string): string {
  const bytes = new TextEncoder().encode(`${email}:${apiToken}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** @throws ConnectorRequestError */
export function jsonIn(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConnectorRequestError(
      'jira: an answer that is no JSON of its API. Look whether "baseUrl" is right',
      { provider: SYSTEM, failureClass: 'non_retryable', cause },
    );
  }
}

function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const MAX_WORDS = 300;

/** What Jira says, on one line. */
export function wordsIn({ errorMessages, errors }: Refusal): string {
  const all = [...errorMessages, ...Object.entries(errors).map(([field, said]) => `${field}: ${said}`)];
  const line = all
    .join(' ')
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return line === '' ? 'it says nothing more' : line.slice(0, MAX_WORDS);
}

export function refusedRequest(what: string, refusal: Refusal): ConnectorRequestError {
  return new ConnectorRequestError(`jira: ${what} was refused: ${wordsIn(refusal)}`, {
    provider: SYSTEM,
    statusCode: 400,
  });
}

/** Whether Jira has not, or does not show, what a request was about. */
export function isMissing(error: unknown): boolean {
  return error instanceof ConnectorRequestError && error.statusCode === 404;
}
