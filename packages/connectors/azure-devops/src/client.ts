import {
  type CallOptions,
  ConnectorRequestError,
  type ExternalRef,
  type IssueField,
  isTrackerError,
  type JsonValue,
} from '@spec-kitty/tracker-core';
import { parseAnswer, type RateHeaders, readAnswer, type TrackerFetch } from '@spec-kitty/tracker-http';
import type * as z from 'zod';
import { BatchSchema } from './answers.ts';
import type { AzureDevOpsConfig } from './config.ts';
import { SYSTEM } from './system.ts';

/** https://learn.microsoft.com/en-us/azure/devops/integrate/concepts/rate-limits#api-client-experience */
export const RATE_HEADERS: readonly RateHeaders[] = [
  {
    name: 'units',
    limit: 'x-ratelimit-limit',
    remaining: 'x-ratelimit-remaining',
    reset: 'x-ratelimit-reset',
    resetIn: 'epoch_seconds',
  },
];

export const VERSION = '7.1';
export const COMMENTS_VERSION = '7.1-preview.4';
/** Writes of one batch: far below what it may hold, it is answered in time. */
const AT_ONCE = 100;

/** https://learn.microsoft.com/en-us/rest/api/azure/devops/wit/work-items/update */
export interface PatchOperation {
  op: 'add' | 'replace' | 'remove' | 'test';
  path: string;
  value?: JsonValue;
}

/** One write of an item. */
export interface Write {
  /** The id of an item, or the type of one to be made. */
  of: { id: string } | { type: string };
  operations: readonly PatchOperation[];
  /** For messages; a create has none. */
  ref?: ExternalRef;
  fields: readonly IssueField[];
}

/** What Azure DevOps answered to one write; `failed` where the whole request failed, so that nobody knows. */
export type Written = { code: number; body: unknown } | { failed: unknown };

export interface Asked extends CallOptions {
  query?: Record<string, string>;
  body?: unknown;
  /** It changes nothing. Default: where the method is GET. */
  reads?: boolean;
}

/** Azure DevOps' REST API. */
export class AzureDevOpsClient {
  readonly #fetch: TrackerFetch;
  readonly #organization: string;
  readonly #project: string;
  readonly #authorization: string;

  constructor({ baseUrl, organization, project, token }: AzureDevOpsConfig, fetch: TrackerFetch) {
    this.#fetch = fetch;
    this.#organization = `${baseUrl.replace(/\/+$/, '')}/${encodeURIComponent(organization)}`;
    this.#project = encodeURIComponent(project);
    this.#authorization = `Basic ${base64(`:${token}`)}`;
  }

  /** What names an item at the end of a relation. */
  itemUrl(id: string): string {
    return `${this.#organization}/_apis/wit/workItems/${id}`;
  }

  pageUrl(id: number): string {
    return `${this.#organization}/${this.#project}/_workitems/edit/${id}`;
  }

  /** Of the project. @throws ConnectorRequestError, TrackerContractError */
  async wit<T>(schema: z.ZodType<T>, method: string, path: string, asked: Asked = {}): Promise<T> {
    const answer = await this.#send(method, `/${this.#project}/_apis/wit/${path}`, asked);
    return parseAnswer(schema, answer, SYSTEM);
  }

  /** Of the organization. @throws ConnectorRequestError, TrackerContractError */
  async organization<T>(schema: z.ZodType<T>, path: string, asked: Asked): Promise<T> {
    return parseAnswer(schema, await this.#send('GET', `/_apis/${path}`, asked), SYSTEM);
  }

  /**
   * Many writes in few requests, each with an answer of its own. After a request that failed, nothing more is sent.
   * https://learn.microsoft.com/en-us/previous-versions/azure/devops/integrate/previous-apis/wit/batch
   */
  async write(writes: readonly Write[], options: CallOptions = {}): Promise<Written[]> {
    const done: Written[] = [];
    while (done.length < writes.length) {
      const some = writes.slice(done.length, done.length + AT_ONCE);
      try {
        const body = some.map((write) => this.#request(write));
        const answer = await this.#send('PATCH', '/_apis/wit/$batch', { ...options, body });
        const value = readAnswer(BatchSchema, answer)?.value;
        for (const index of some.keys()) {
          const told = value?.[index];
          done.push(told ? { code: told.code, body: jsonIn(told.body) } : { failed: untold() });
        }
      } catch (error) {
        options.signal?.throwIfAborted();
        const failed = isTrackerError(error) && error.code === 'answer_too_large' ? untold() : error;
        while (done.length < writes.length) done.push({ failed });
      }
    }
    return done;
  }

  #request({ of, operations }: Write): Record<string, unknown> {
    const place =
      'id' in of
        ? `/_apis/wit/workitems/${encodeURIComponent(of.id)}`
        : `/${this.#project}/_apis/wit/workitems/$${encodeURIComponent(of.type)}`;
    return {
      method: 'PATCH',
      uri: `${place}?$expand=relations&api-version=${VERSION}`,
      headers: { 'Content-Type': 'application/json-patch+json' },
      body: operations,
    };
  }

  async #send(method: string, path: string, { query, body, reads, signal }: Asked): Promise<unknown> {
    const url = new URL(this.#organization + path);
    for (const [name, value] of Object.entries({ 'api-version': VERSION, ...query }))
      url.searchParams.set(name, value);
    const answer = await this.#fetch(
      url,
      {
        method,
        headers: {
          accept: 'application/json',
          authorization: this.#authorization,
          'user-agent': 'spec-kitty-tracker-azure-devops',
          // A bad token is told by 401, not by the way to a page to sign in.
          'x-tfs-fedauthredirect': 'Suppress',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      },
      reads === undefined ? {} : { reads },
    );
    return jsonIn(await answer.text());
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** What has no answer may have been done. */
function untold(): ConnectorRequestError {
  return new ConnectorRequestError('azure-devops: a batch left one of its requests without an answer', {
    provider: SYSTEM,
    failureClass: 'transient',
  });
}
