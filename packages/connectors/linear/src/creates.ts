import {
  type CanonicalIssue,
  ConnectorRequestError,
  isTrackerError,
  type SpecKittyTrackerError,
  systemIds,
  type WriteOptions,
} from '@spec-kitty/tracker-core';
import { CreatedManySchema, CreatedSchema, type LinearIssue } from './answers.ts';
import type { LinearClient } from './client.ts';
import type { Directory, Known } from './directory.ts';
import { CREATE, CREATE_MANY } from './documents.ts';
import { isRefusal, saysItExists } from './failures.ts';
import { creationOf } from './from-canonical.ts';
import type { IssueCreateInput } from './inputs.ts';
import type { Reader } from './reader.ts';
import { idFor, isOwnId, SYSTEM } from './system.ts';
import { isGone } from './to-canonical.ts';
import { namedIn } from './writer.ts';

/** https://linear.app/developers: issueBatchCreate, in one transaction. */
const MOST_CREATES = 50;

export interface Creation {
  issue: CanonicalIssue;
  options: WriteOptions;
}
export type Created = { raw: LinearIssue } | { error: SpecKittyTrackerError };

interface Prepared {
  input: IssueCreateInput;
  /** Whether the issue may have been made by an earlier try. */
  repeats: boolean;
}

/** The id under which an issue is made: that of its ref, or one made of the key, so that a second try finds the first. */
async function ownId({ issue, options }: Creation): Promise<string> {
  if (isOwnId(issue.ref.id)) return issue.ref.id;
  return options.idempotencyKey === undefined ? systemIds() : idFor('issue', options.idempotencyKey);
}

/** Makes issues, in batches, under ids of our own. */
export class Creates {
  readonly #client: LinearClient;
  readonly #directory: Directory;
  readonly #reader: Reader;
  readonly #workspace: string;

  constructor(client: LinearClient, directory: Directory, reader: Reader, workspace: string) {
    this.#client = client;
    this.#directory = directory;
    this.#reader = reader;
    this.#workspace = workspace;
  }

  /** In the order of `items`; each is a valid issue of this workspace. @throws the reason of an abort. */
  async make(items: readonly Creation[], signal?: AbortSignal): Promise<Created[]> {
    const known = await this.#directory.known();
    signal?.throwIfAborted();
    const named = await namedIn(
      items.map(({ issue }) => issue),
      known,
      signal,
    );
    const answers = new Map<number, Created>();
    const prepared = new Map<string, { place: number; made: Prepared }>();
    for (const [place, item] of items.entries()) {
      const id = await ownId(item);
      try {
        if (prepared.has(id)) throw taken(id);
        const input = creationOf(item.issue, id, { known, workspace: this.#workspace, ...named });
        const repeats = item.options.idempotencyKey !== undefined;
        prepared.set(id, { place, made: { input: { ...input, id }, repeats } });
      } catch (error) {
        if (!isTrackerError(error)) throw error;
        answers.set(place, { error });
      }
    }
    const all = [...prepared.values()];
    let stopped: SpecKittyTrackerError | undefined;
    for (let start = 0; start < all.length; start += MOST_CREATES) {
      const chunk = all.slice(start, start + MOST_CREATES);
      const made = stopped
        ? new Map<string, Created>()
        : await this.#chunk(
            chunk.map((one) => one.made),
            known,
            signal,
          );
      for (const { place, made: one } of chunk) {
        const answer = made.get(one.input.id) ?? { error: stopped ?? unanswered() };
        // What a refusal does not explain will not be another one for the rest.
        if ('error' in answer && !isRefusal(answer.error)) stopped ??= answer.error;
        answers.set(place, answer);
      }
    }
    return items.map((_, place) => answers.get(place) ?? { error: unanswered() });
  }

  /** One transaction. Where it is refused, what is there already is taken for done, and the rest is tried in parts. */
  async #chunk(
    chunk: readonly Prepared[],
    known: Known,
    signal: AbortSignal | undefined,
  ): Promise<Map<string, Created>> {
    try {
      const raws = await this.#send(chunk, known, signal);
      return new Map(raws.map((raw) => [raw.id, { raw }]));
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTrackerError(error)) throw error;
      if (!isRefusal(error)) return new Map(chunk.map(({ input }) => [input.id, { error }]));
      return this.#parts(chunk, error, known, signal);
    }
  }

  async #send(
    chunk: readonly Prepared[],
    known: Known,
    signal: AbortSignal | undefined,
  ): Promise<LinearIssue[]> {
    const mission = known.missionUrl;
    const [first] = chunk;
    if (first && chunk.length === 1) {
      const variables = { input: first.input, mission };
      const { issueCreate } = await this.#client.ask(CREATE, variables, CreatedSchema, { signal });
      return [issueCreate.issue];
    }
    const variables = { issues: chunk.map(({ input }) => input), mission };
    const { issueBatchCreate } = await this.#client.ask(CREATE_MANY, variables, CreatedManySchema, {
      signal,
    });
    return issueBatchCreate.issues;
  }

  async #parts(
    chunk: readonly Prepared[],
    refusal: ConnectorRequestError,
    known: Known,
    signal: AbortSignal | undefined,
  ): Promise<Map<string, Created>> {
    const answers = new Map<string, Created>();
    if (saysItExists(refusal)) {
      const there = await this.#reader.whole(
        chunk.map(({ input }) => input.id),
        signal,
      );
      for (const { input, repeats } of chunk) {
        const raw = there.get(input.id);
        if (raw) answers.set(input.id, asDone(raw, repeats, known, refusal));
      }
    }
    const left = chunk.filter(({ input }) => !answers.has(input.id));
    if (left.length === 1 && chunk.length === 1) {
      for (const { input } of left) answers.set(input.id, { error: refusal });
      return answers;
    }
    const half = left.length === chunk.length ? Math.ceil(left.length / 2) : left.length;
    for (const part of [left.slice(0, half), left.slice(half)]) {
      if (part.length === 0) continue;
      for (const [id, answer] of await this.#chunk(part, known, signal)) answers.set(id, answer);
    }
    return answers;
  }
}

/** What an earlier try of ours made is done; what anybody else made under this id is not ours to answer with. */
function asDone(raw: LinearIssue, repeats: boolean, known: Known, refusal: ConnectorRequestError): Created {
  const ours = raw.creator?.id === known.viewerId && raw.team.id === known.team.id;
  return repeats && ours && !isGone(raw) ? { raw } : { error: refusal };
}

function taken(id: string): ConnectorRequestError {
  return new ConnectorRequestError(`${SYSTEM}: two issues are to be created under the id ${id}`, {
    provider: SYSTEM,
    failureClass: 'validation',
  });
}

/** Of an issue that an answer does not tell of nobody knows whether it was made. */
function unanswered(): ConnectorRequestError {
  return new ConnectorRequestError(`${SYSTEM} answered without the issue that was to be created`, {
    provider: SYSTEM,
    failureClass: 'transient',
  });
}
