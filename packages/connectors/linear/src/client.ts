import {
  type ConnectorContext,
  ConnectorRequestError,
  type Sleep,
  silentLogger,
  systemClock,
  systemSleep,
} from '@spec-kitty/tracker-core';
import {
  createRedactor,
  createTrackerFetch,
  parseAnswer,
  type RateBudget,
  type RateHeaders,
  type Redact,
  sharedBudget,
  type TrackerFetch,
  wordsOf,
} from '@spec-kitty/tracker-http';
import type * as z from 'zod';
import { EnvelopeSchema } from './answers.ts';
import type { LinearConfig } from './config.ts';
import { meaningOf, meaningOfErrors } from './failures.ts';
import { SYSTEM } from './system.ts';

/** What a host may give to a connector beside the usual. */
export type LinearContext = Partial<ConnectorContext> & {
  /** How it waits for limits. */
  sleep?: Sleep;
  /** Shared by all connectors of one credential. */
  budget?: RateBudget;
};

export interface Asked {
  /** It changes nothing, and may be asked again. */
  reads?: boolean;
  signal?: AbortSignal | undefined;
}

/** https://linear.app/developers/rate-limiting: families of headers, resets in milliseconds since 1970. */
const RATE_HEADERS: readonly RateHeaders[] = ['requests', 'complexity', 'endpoint-requests', 'endpoint'].map(
  (family) => ({
    name: family,
    limit: `x-ratelimit-${family}-limit`,
    remaining: `x-ratelimit-${family}-remaining`,
    reset: `x-ratelimit-${family}-reset`,
    resetIn: 'epoch_milliseconds',
  }),
);

/**
 * Sends documents of our own to Linear. `LinearClient` of `@linear/sdk` is not used for it: it fetches whole models, and
 * only through the global `fetch`.
 */
export class LinearClient {
  readonly #fetch: TrackerFetch;
  readonly #url: string;
  readonly #authorization: string;
  readonly #redact: Redact;

  constructor({ apiKey, accessToken, baseUrl, webhookSecret }: LinearConfig, context: LinearContext) {
    const secrets = [apiKey, accessToken, webhookSecret];
    this.#url = `${baseUrl.replace(/\/+$/, '')}/graphql`;
    // A key stands there as it is: https://linear.app/developers/graphql#personal-api-keys
    this.#authorization = apiKey ?? `Bearer ${accessToken}`;
    this.#redact = createRedactor(secrets);
    this.#fetch = createTrackerFetch({
      provider: SYSTEM,
      clock: context.clock ?? systemClock,
      sleep: context.sleep ?? systemSleep,
      logger: context.logger ?? silentLogger,
      secrets,
      rateHeaders: RATE_HEADERS,
      meaningOf,
      ...(context.fetch === undefined ? {} : { fetch: context.fetch }),
      budget: context.budget ?? sharedBudget(context, [SYSTEM, baseUrl, this.#authorization], {}),
    });
  }

  /**
   * The data of an answer in the shape that is expected.
   * @throws ConnectorRequestError also for a refusal that came as HTTP 200; TrackerContractError, kind `answer`.
   */
  async ask<T>(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    schema: z.ZodType<T>,
    { reads = false, signal }: Asked = {},
  ): Promise<T> {
    const response = await this.#fetch(
      this.#url,
      {
        method: 'POST',
        headers: { authorization: this.#authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ query: document, variables }),
        ...(signal === undefined ? {} : { signal }),
      },
      { reads },
    );
    const body: unknown = await response.json().catch(() => undefined);
    const meaning = meaningOfErrors(body);
    if (meaning) {
      const { failureClass, message = '' } = meaning;
      throw new ConnectorRequestError(`${SYSTEM}: ${wordsOf(message, this.#redact)}`, {
        provider: SYSTEM,
        statusCode: response.status,
        failureClass,
      });
    }
    const { data } = parseAnswer(EnvelopeSchema, body, SYSTEM);
    return parseAnswer(schema, data, SYSTEM);
  }
}
