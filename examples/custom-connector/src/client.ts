import {
  type CallOptions,
  type ConnectorContext,
  ConnectorRequestError,
  type Sleep,
} from '@spec-kitty/tracker-core';
import {
  type Answer,
  createTrackerFetch,
  jsonOf,
  type Meaning,
  parseAnswer,
  readAnswer,
  sharedBudget,
  type TrackerFetch,
} from '@spec-kitty/tracker-http';
import type { z } from 'zod';
import { RefusalSchema } from './answers.ts';
import { type RedmineConfig, rootOf } from './config.ts';
import { SYSTEM } from './to-canonical.ts';

/** What a host or a test may give beside the usual context: how to wait. */
export interface RedmineContext extends Partial<ConnectorContext> {
  sleep?: Sleep;
}

export type Query = Readonly<Record<string, string | number>>;

interface Write extends CallOptions {
  body?: object;
  query?: Query;
  /** It does the same however often it is done, so that it may be tried again. */
  isRepeatable?: boolean;
}

/** All that is wrong with a write, not the first of it alone. */
export function meaningOf(answer: Answer): Meaning | undefined {
  if (answer.status !== 422) return undefined;
  const { errors } = readAnswer(RefusalSchema, jsonOf(answer)) ?? { errors: [] };
  return { failureClass: 'validation', message: errors.join('; ') };
}

/** The REST API of Redmine: https://www.redmine.org/projects/redmine/wiki/Rest_api */
export class RedmineClient {
  readonly #base: string;
  readonly #apiKey: string;
  readonly #fetch: TrackerFetch;

  constructor(config: Pick<RedmineConfig, 'baseUrl' | 'apiKey'>, fetch: TrackerFetch) {
    this.#base = rootOf(config);
    this.#apiKey = config.apiKey;
    this.#fetch = fetch;
  }

  /** @throws ConnectorRequestError, TrackerContractError for another answer than is known. */
  async read<T>(schema: z.ZodType<T>, path: string, query: Query, options: CallOptions): Promise<T> {
    return parseAnswer(schema, await this.#send('GET', path, { query, ...options }), SYSTEM);
  }

  /** What was answered; undefined for nothing, which is what Redmine answers to every change. */
  async write(method: 'POST' | 'PUT' | 'DELETE', path: string, write: Write): Promise<unknown> {
    return this.#send(method, path, write);
  }

  async #send(method: string, path: string, { body, query, isRepeatable, signal }: Write): Promise<unknown> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {})) parameters.set(name, String(value));
    const answer = await this.#fetch(
      `${this.#base}${path}${parameters.size === 0 ? '' : `?${parameters}`}`,
      {
        method,
        headers: {
          accept: 'application/json',
          'x-redmine-api-key': this.#apiKey,
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        ...(signal ? { signal } : {}),
      },
      isRepeatable === undefined ? {} : { reads: isRepeatable },
    );
    return jsonIn(await answer.text());
  }
}

function jsonIn(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConnectorRequestError('redmine: an answer that is no JSON. Look whether "baseUrl" is right', {
      provider: SYSTEM,
      failureClass: 'non_retryable',
      cause,
    });
  }
}

export function createClient(config: RedmineConfig, context: RedmineContext): RedmineClient {
  const { fetch, clock, logger, sleep } = context;
  const trackerFetch = createTrackerFetch({
    provider: SYSTEM,
    secrets: [config.apiKey],
    budget: sharedBudget(context, [SYSTEM, rootOf(config), config.apiKey], {}),
    meaningOf,
    ...(fetch ? { fetch } : {}),
    ...(clock ? { clock } : {}),
    ...(logger ? { logger } : {}),
    ...(sleep ? { sleep } : {}),
  });
  return new RedmineClient(config, trackerFetch);
}
