import {
  ConnectorRequestError,
  type ExternalRef,
  type IssuePatch,
  isTrackerError,
  type RefusedField,
  ScopeViolationError,
  type SpecKittyTrackerError,
  type WriteOptions,
} from '@spec-kitty/tracker-core';
import { type LinearCore, type LinearIssue, UpdatedSchema } from './answers.ts';
import type { LinearClient } from './client.ts';
import { type Directory, type Known, MOST_ALIASES } from './directory.ts';
import { updateDocument } from './documents.ts';
import { isRefusal } from './failures.ts';
import { assertHeld, type Edits, editsOf, standingBefore, standingOf } from './from-canonical.ts';
import type { Reader } from './reader.ts';
import { notThere, SYSTEM } from './system.ts';
import { isGone, refOf } from './to-canonical.ts';
import { namedIn } from './writer.ts';

/** https://linear.app/developers: issueBatchUpdate, one input for all. */
const MOST_IDS = 50;
/** Issues in one document: what its answer holds is bounded. */
const MOST_ISSUES = 200;

export interface Update {
  ref: ExternalRef;
  patch: IssuePatch;
  options: WriteOptions;
}
/** What became of an update: the issue as it stands, or undefined where nothing had to be sent. */
export type Updated =
  | { raw: LinearIssue | undefined; refused: RefusedField[] }
  | { error: SpecKittyTrackerError };

type Input = Edits['input'];
interface Write {
  ids: string[];
  input: Input;
}

/** Writes fields of issues: different ones as aliases of one document, equal ones together. */
export class Updates {
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

  /** In the order of `items`, each of another issue. Links and custom fields are not looked at. @throws the reason of an abort. */
  async write(items: readonly Update[], signal?: AbortSignal): Promise<Updated[]> {
    const known = await this.#directory.known();
    const before = items.map(({ ref, options }) => standingBefore(options.previous, ref.id, known));
    const cores = await this.#reader.cores(
      items.filter((_, place) => before[place] === undefined).map(({ ref }) => ref.id),
      signal,
    );
    await known.learnIds(
      [...cores.values()].flatMap(({ labelIds }) => labelIds),
      signal,
    );
    const named = await namedIn(
      items.map(({ patch }) => patch),
      known,
      signal,
    );
    const answers = new Map<number, Updated>();
    const inputs = new Map<string, { place: number; edits: Edits }>();
    for (const [place, { ref, patch, options }] of items.entries()) {
      try {
        assertHeld(patch);
        const current = before[place] ?? standingOf(writable(ref, cores.get(ref.id), known), known);
        const { previous } = options;
        const edits = editsOf(current, patch, { known, workspace: this.#workspace, ...named, previous });
        if (Object.keys(edits.input).length === 0)
          answers.set(place, { raw: undefined, refused: edits.refused });
        else inputs.set(ref.id, { place, edits });
      } catch (error) {
        if (!isTrackerError(error)) throw error;
        answers.set(place, { error });
      }
    }
    const written = await this.#send(
      [...inputs].map(([id, { edits }]) => ({ id, input: edits.input })),
      known,
      signal,
    );
    for (const [id, { place, edits }] of inputs) {
      const answer = written.get(id) ?? { error: unanswered() };
      if ('error' in answer) answers.set(place, answer);
      // What the caller read before did not tell that it is gone by now.
      else if (isGone(answer.raw))
        answers.set(place, { error: notThere(refOf(this.#workspace, answer.raw)) });
      else answers.set(place, { raw: answer.raw, refused: edits.refused });
    }
    return items.map((_, place) => answers.get(place) ?? { error: unanswered() });
  }

  async #send(
    updates: readonly { id: string; input: Input }[],
    known: Known,
    signal: AbortSignal | undefined,
  ): Promise<Map<string, { raw: LinearIssue } | { error: SpecKittyTrackerError }>> {
    const answers = new Map<string, { raw: LinearIssue } | { error: SpecKittyTrackerError }>();
    let stopped: SpecKittyTrackerError | undefined;
    for (const document of documentsOf(grouped(updates))) {
      if (stopped) {
        for (const id of document.flatMap(({ ids }) => ids)) answers.set(id, { error: stopped });
        continue;
      }
      try {
        for (const raw of await this.#document(document, known, signal)) answers.set(raw.id, { raw });
      } catch (error) {
        signal?.throwIfAborted();
        if (!isTrackerError(error)) throw error;
        if (!isRefusal(error)) stopped = error;
        const ids = document.flatMap((write) => write.ids);
        if (stopped || ids.length === 1) for (const id of ids) answers.set(id, { error });
        else
          for (const [id, answer] of await this.#afterRefusal(document, known, signal))
            answers.set(id, answer);
      }
    }
    return answers;
  }

  /**
   * Linear tells nothing of the writes before the refused one, which it did, and does not do those behind it: they are
   * read back, and what is not as it was to be is sent again, each alone.
   */
  async #afterRefusal(
    document: readonly Write[],
    known: Known,
    signal: AbortSignal | undefined,
  ): Promise<Map<string, { raw: LinearIssue } | { error: SpecKittyTrackerError }>> {
    const answers = new Map<string, { raw: LinearIssue } | { error: SpecKittyTrackerError }>();
    const there = await this.#reader.whole(
      document.flatMap(({ ids }) => ids),
      signal,
    );
    for (const { ids, input } of document) {
      for (const id of ids) {
        const raw = there.get(id);
        if (raw && isWritten(raw, input)) {
          answers.set(id, { raw });
          continue;
        }
        try {
          const [after] = await this.#document([{ ids: [id], input }], known, signal);
          answers.set(id, after ? { raw: after } : { error: unanswered() });
        } catch (error) {
          signal?.throwIfAborted();
          if (!isTrackerError(error)) throw error;
          answers.set(id, { error });
        }
      }
    }
    return answers;
  }

  async #document(
    writes: readonly Write[],
    known: Known,
    signal: AbortSignal | undefined,
  ): Promise<LinearIssue[]> {
    const variables: Record<string, unknown> = { mission: known.missionUrl };
    for (const [i, { ids, input }] of writes.entries()) {
      variables[`input${i}`] = input;
      if (ids.length === 1) variables[`id${i}`] = ids[0];
      else variables[`ids${i}`] = ids;
    }
    const kinds = writes.map(({ ids }) => ({
      kind: ids.length === 1 ? ('one' as const) : ('many' as const),
    }));
    const answer = await this.#client.ask(updateDocument(kinds), variables, UpdatedSchema, { signal });
    return Object.values(answer).flat();
  }
}

/** @throws IssueNotFoundError, ScopeViolationError */
export function writable(ref: ExternalRef, core: LinearCore | undefined, known: Known): LinearCore {
  if (!core || isGone(core)) throw notThere(ref);
  assertTeam(ref, core.team.id, known);
  return core;
}

/** An issue that was moved to another team is read under its ref, and not written to. @throws ScopeViolationError */
export function assertTeam(ref: ExternalRef, teamId: string, known: Known): void {
  if (teamId === known.team.id) return;
  throw new ScopeViolationError(`${ref.key ?? ref.id} is in another team now`, {
    expectedScope: `team=${known.team.id}`,
    actualScope: `team=${teamId}`,
  });
}

/** Writes that say the same go together. */
function grouped(updates: readonly { id: string; input: Input }[]): Write[] {
  const byInput = new Map<string, Write>();
  const writes: Write[] = [];
  for (const { id, input } of updates) {
    // Every input has its fields in one order.
    const said = JSON.stringify(input);
    const open = byInput.get(said);
    if (open && open.ids.length < MOST_IDS) open.ids.push(id);
    else {
      const write = { ids: [id], input };
      byInput.set(said, write);
      writes.push(write);
    }
  }
  return writes;
}

function documentsOf(writes: readonly Write[]): Write[][] {
  const documents: Write[][] = [];
  let open: Write[] = [];
  let issues = 0;
  for (const write of writes) {
    if (open.length === MOST_ALIASES || (open.length > 0 && issues + write.ids.length > MOST_ISSUES)) {
      documents.push(open);
      open = [];
      issues = 0;
    }
    open.push(write);
    issues += write.ids.length;
  }
  if (open.length > 0) documents.push(open);
  return documents;
}

/** Whether an issue is as an input was to make it. A text that Linear writes in its own way is not, and is sent again. */
function isWritten(raw: LinearIssue, input: Input): boolean {
  return (
    (input.title === undefined || input.title === raw.title) &&
    (input.description === undefined || (input.description ?? '') === (raw.description ?? '')) &&
    (input.priority === undefined || input.priority === raw.priority) &&
    (input.stateId === undefined || input.stateId === raw.state.id) &&
    (input.assigneeId === undefined || input.assigneeId === (raw.assignee?.id ?? null)) &&
    (input.parentId === undefined || input.parentId === (raw.parent?.id ?? null)) &&
    (input.addedLabelIds ?? []).every((id) => raw.labelIds.includes(id)) &&
    (input.removedLabelIds ?? []).every((id) => !raw.labelIds.includes(id))
  );
}

/** Of an issue that an answer does not tell of nobody knows whether it was written. */
function unanswered(): ConnectorRequestError {
  return new ConnectorRequestError(`${SYSTEM} answered without the issue that was to be written`, {
    provider: SYSTEM,
    failureClass: 'transient',
  });
}
