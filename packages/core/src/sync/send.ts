import * as z from 'zod';
import { ConnectorRequestError, type FailureClass } from '../errors/connector-request-error.ts';
import { TrackerContractError } from '../errors/contract-errors.ts';
import type { FieldsRefusedError, RefusedField } from '../errors/fields-refused-error.ts';
import { safeParse } from '../errors/from-zod.ts';
import type { SpecKittyTrackerError } from '../errors/tracker-error.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import type { Intent } from '../store/records.ts';
import { parseAnswer, pooled } from './read-issues.ts';
import { asTrackerError, failureClassOf, type Run, StopRun } from './run.ts';

const WriteResultSchema = z.object({ error: z.unknown().optional(), issue: z.unknown().optional() });

/** The answer to one write, its issue parsed. Fields may have been refused although the rest was applied. */
export type Sent =
  | { ok: true; issue: CanonicalIssue; refused: RefusedField[] }
  | { ok: false; error: SpecKittyTrackerError };

/** How to send items of one kind, alone and, where the tracker can, together. */
export interface Sender<Item> {
  one: (item: Item) => Promise<unknown>;
  many?: ((items: Item[]) => Promise<unknown>) | undefined;
  /** Whether a lost answer may simply be asked for again. */
  repeatable: boolean;
}

/**
 * Sends writes, each at most as often as the run's tries allow, and answers in their order. A limit is waited for. A
 * lost answer is asked for again only where that cannot do it twice. Where the run has to stop, the items that are not
 * known to be unsent have no answer and keep their intents; `run.stopping` says why, once the answers are taken in.
 */
export async function send<Item extends { intent: Intent }>(
  run: Run,
  items: readonly Item[],
  sender: Sender<Item>,
): Promise<(Sent | undefined)[]> {
  const { capabilities, options } = run;
  const answers: (Sent | undefined)[] = [];
  const unsent: string[] = [];
  const stop = (caught: unknown, left: readonly Item[], begun: boolean): void => {
    if (!(caught instanceof StopRun)) throw caught;
    run.stopping ??= caught;
    const failureClass = failureClassOf(caught.cause);
    const refused = failureClass === 'rate_limit' || failureClass === 'authentication';
    if (!begun || (refused && !sender.repeatable)) unsent.push(...left.map(({ intent }) => intent.key));
  };
  const retries = (failureClass: FailureClass | null): boolean =>
    failureClass === 'rate_limit' || (failureClass === 'transient' && sender.repeatable);
  const { many } = sender;
  if (many === undefined || items.length === 1) {
    const alone = async (item: Item): Promise<Sent | undefined> => {
      let begun = false;
      const call = (): Promise<unknown> => {
        begun = true;
        return sender.one(item);
      };
      try {
        return await settled(run, () => run.attempt(call, retries));
      } catch (caught) {
        stop(caught, [item], begun);
        return undefined;
      }
    };
    answers.push(...(await pooled(items, options.concurrency ?? 1, alone)));
  } else {
    const size = capabilities.limits?.batchSize ?? 50;
    for (let start = 0; start < items.length; start += size) {
      const chunk = items.slice(start, start + size);
      answers.push(...(await sendTogether(run, chunk, many, retries, stop)));
    }
  }
  if (unsent.length > 0) await run.commit({ removeIntents: unsent });
  return answers;
}

/** Sends a chunk; what failed in it for the moment is sent again, the rest stands. */
async function sendTogether<Item>(
  run: Run,
  chunk: Item[],
  many: (items: Item[]) => Promise<unknown>,
  retries: (failureClass: FailureClass | null) => boolean,
  stop: (caught: unknown, left: readonly Item[], begun: boolean) => void,
): Promise<(Sent | undefined)[]> {
  const answers = new Map<number, Sent>();
  let left = chunk.map((_, index) => index);
  let begun = false;
  const again = async (): Promise<void> => {
    begun = true;
    for (const index of left) answers.delete(index);
    const results = await many(left.map((index) => chunk[index] as Item));
    const parsed = parseResults(run, results, left.length);
    left.forEach((index, position) => {
      const result = parsed[position];
      if (result) answers.set(index, result);
    });
    const failed = left.filter((index) => {
      const result = answers.get(index);
      const failureClass = result?.ok === false ? failureClassOf(result.error) : null;
      return retries(failureClass) || failureClass === 'authentication';
    });
    left = failed;
    const first = failed[0] === undefined ? undefined : answers.get(failed[0]);
    if (first?.ok === false) throw first.error;
  };
  try {
    await run.attempt(again, retries);
  } catch (caught) {
    if (caught instanceof StopRun) {
      for (const index of left) answers.delete(index);
      const items = left.map((index) => chunk[index] as Item);
      stop(caught, items, begun);
    } else {
      const error = asTrackerError(caught, run.options.connector.name);
      for (const index of left) if (!answers.has(index)) answers.set(index, { ok: false, error });
    }
  }
  return chunk.map((_, index) => answers.get(index));
}

function unanswered(run: Run): SpecKittyTrackerError {
  const { name } = run.options.connector;
  const message = `${name} answered a bulk write with another number of results`;
  return unclear(run, new TrackerContractError(message, { provider: name, kind: 'page' }));
}

/** An answer that cannot be read is a lost one: nobody knows whether the write was done. */
function unclear(run: Run, error: SpecKittyTrackerError): SpecKittyTrackerError {
  const { name: provider } = run.options.connector;
  return new ConnectorRequestError(
    error.message,
    { failureClass: 'transient', cause: error, provider },
    error.code,
  );
}

function parseResults(run: Run, results: unknown, length: number): Sent[] {
  if (!Array.isArray(results) || results.length !== length) throw unanswered(run);
  // Not `map`, which passes over holes.
  return Array.from<unknown, Sent>(results, (result) => {
    const parsed = safeParse(WriteResultSchema, result);
    if (!parsed.success) return { ok: false, error: unanswered(run) };
    const { error, issue } = parsed.data;
    return error === undefined ? parsedIssue(run, issue) : failedAnswer(run, error);
  });
}

/** An error as an answer: where only fields were refused, the rest was done. */
function failedAnswer(run: Run, caught: unknown): Sent {
  const error = asTrackerError(caught, run.options.connector.name, 'transient');
  if (error.code !== 'fields_refused') return { ok: false, error };
  const { issue, refused } = error as FieldsRefusedError;
  return parsedIssue(run, issue, refused);
}

function parsedIssue(run: Run, issue: unknown, refused: RefusedField[] = []): Sent {
  try {
    return { ok: true, issue: parseAnswer(issue, run), refused };
  } catch (error) {
    return { ok: false, error: unclear(run, asTrackerError(error, run.options.connector.name)) };
  }
}

async function settled(run: Run, call: () => Promise<unknown>): Promise<Sent> {
  let issue: unknown;
  try {
    issue = await call();
  } catch (caught) {
    if (caught instanceof StopRun) throw caught;
    return failedAnswer(run, caught);
  }
  return parsedIssue(run, issue);
}
