import { type CallOptions, ConnectorRequestError } from '@spec-kitty/tracker-core';
import {
  type Answer,
  jsonOf,
  type Meaning,
  parseAnswer,
  type RateCosts,
  type RateHeaders,
  type RateWindow,
  readAnswer,
  type TrackerFetch,
} from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { ListSchema } from './answers.ts';
import { DEFAULT_BASE_URL, type GitLabConfig, rootOf } from './config.ts';
import { otherAnswer } from './failures.ts';
import { SYSTEM } from './to-canonical.ts';

/** https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers */
export const RATE_HEADERS: readonly RateHeaders[] = [
  {
    name: 'requests',
    limit: 'ratelimit-limit',
    remaining: 'ratelimit-remaining',
    reset: 'ratelimit-reset',
    resetIn: 'epoch_seconds',
  },
];

const MINUTE_MS = 60_000;
/**
 * What is made by the minute: published, and told in no header. Elsewhere than at gitlab.com as GitLab is installed.
 * https://docs.gitlab.com/user/gitlab_com/#rate-limits-on-gitlabcom
 */
export function rateWindows(config: Pick<GitLabConfig, 'baseUrl'>): RateWindow[] {
  const [issues, notes] = rootOf(config) === DEFAULT_BASE_URL ? [200, 60] : [300, 300];
  return [
    { name: 'issues', max: issues, perMs: MINUTE_MS },
    { name: 'notes', max: notes, perMs: MINUTE_MS },
  ];
}

export type Query = Readonly<Record<string, string | number | readonly number[]>>;

const RefusalSchema = z.object({
  message: z.optional(z.union([z.string(), z.record(z.string(), z.unknown())])),
  error: z.optional(z.string()),
});

/** What an answer means where its status does not say it, and its words: GitLab names fields with what is wrong of them. */
export function meaningOf(answer: Answer): Meaning | undefined {
  if (![400, 409, 422].includes(answer.status)) return undefined;
  const { message, error } = readAnswer(RefusalSchema, jsonOf(answer)) ?? {};
  const words =
    typeof message === 'object'
      ? Object.entries(message)
          .map(([field, wrong]) => `${field} ${[wrong].flat().join(', ')}`)
          .join('; ')
      : (message ?? error ?? '');
  const failureClass = answer.status === 409 && /\block/i.test(words) ? 'transient' : 'validation';
  return { failureClass, message: words };
}

/** A token of OAuth looks so; others are GitLab's own, which are sent under a name of theirs. */
const OAUTH = /^[0-9a-f]{64}$/;

export interface ListPage {
  items: unknown[];
  /** Nothing comes after it, as far as GitLab says: a proxy may keep that from us. */
  isLast: boolean;
}

/** GitLab's REST API. */
export class GitLabClient {
  readonly #fetch: TrackerFetch;
  readonly #base: string;
  readonly #headers: Record<string, string>;

  constructor({ baseUrl, token }: Pick<GitLabConfig, 'baseUrl' | 'token'>, fetch: TrackerFetch) {
    this.#fetch = fetch;
    this.#base = `${rootOf({ baseUrl })}/api/v4`;
    this.#headers = {
      accept: 'application/json',
      'user-agent': 'spec-kitty-tracker-gitlab',
      ...(OAUTH.test(token) ? { authorization: `Bearer ${token}` } : { 'private-token': token }),
    };
  }

  /** @throws ConnectorRequestError, TrackerContractError for what is something else. */
  async read<T>(schema: z.ZodType<T>, path: string, query: Query, options: CallOptions): Promise<T> {
    return parseAnswer(schema, (await this.#send('GET', path + queryText(query), options)).json, SYSTEM);
  }

  /** A page of a list; its items are parsed one by one: a bad one spoils no other. */
  async page(path: string, query: Query, options: CallOptions): Promise<ListPage> {
    const { json, headers } = await this.#send('GET', path + queryText(query), options);
    for (const name of ['page', 'per_page']) {
      const told = headers.get(`x-${name.replace('_', '-')}`);
      if (told !== null && query[name] !== undefined && told !== String(query[name])) throw otherAnswer();
    }
    return { items: parseAnswer(ListSchema, json, SYSTEM), isLast: headers.get('x-next-page') === '' };
  }

  /** @returns what was answered, undefined for nothing. */
  async write(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    { body, costs = {}, signal }: { body?: object; costs?: RateCosts } & CallOptions,
  ): Promise<unknown> {
    return (await this.#send(method, path, { body, costs, ...(signal ? { signal } : {}) })).json;
  }

  async #send(
    method: string,
    path: string,
    { signal, body, costs = {} }: CallOptions & { body?: object | undefined; costs?: RateCosts },
  ): Promise<{ json: unknown; headers: Headers }> {
    const answer = await this.#fetch(
      this.#base + path,
      {
        method,
        headers: body ? { ...this.#headers, 'content-type': 'application/json' } : this.#headers,
        ...(body ? { body: JSON.stringify(body) } : {}),
        ...(signal ? { signal } : {}),
      },
      { costs },
    );
    const read = jsonIn(await answer.text());
    if (!read)
      throw new ConnectorRequestError(
        'gitlab: an answer that is no JSON of its API. Look whether "baseUrl" is right',
        { provider: SYSTEM, failureClass: 'non_retryable' },
      );
    return { json: read.json, headers: answer.headers };
  }
}

/** Nothing is JSON as well; undefined for what is none. */
function jsonIn(text: string): { json: unknown } | undefined {
  try {
    return { json: text === '' ? undefined : JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat()) parameters.append(name, String(one));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
