import * as z from 'zod';
import { IssuePayloadContractError } from '../errors/contract-errors.ts';
import { safeParse } from '../errors/from-zod.ts';
import { ScopeViolationError } from '../errors/scope-violation-error.ts';
import type { SpecKittyTrackerError } from '../errors/tracker-error.ts';
import { canonicalIssue } from '../model/canonical-issue.ts';
import { type ExternalRef, ExternalRefSchema, sameRef } from '../model/external-ref.ts';
import type { CanonicalIssue } from '../model/issue.ts';
import { rename } from './deletion.ts';
import { asTrackerError, failureClassOf, type Run, StopRun } from './run.ts';

/** What became of reading one issue: the issue, nothing because the tracker has none, or why it is not known. */
export type ReadIssue =
  | { kind: 'found'; issue: CanonicalIssue }
  | { kind: 'missing' }
  | { kind: 'failed'; error: SpecKittyTrackerError };

/** An item of a connector's answer as an issue of this binding's workspace. @throws IssuePayloadContractError, ScopeViolationError */
export function parseAnswer(item: unknown, run: Run): CanonicalIssue {
  const { name, workspace } = run.options.connector;
  const issue = canonicalIssue(item, name);
  if (issue.ref.system === name && issue.ref.workspace === workspace) return issue;
  throw new ScopeViolationError(
    `${name} answered an issue of ${issue.ref.system} ${issue.ref.workspace}; it is left alone`,
    {
      expectedScope: workspace,
      actualScope: issue.ref.workspace,
      fieldPath: 'ref.workspace',
    },
  );
}

const ItemSchema = z.object({ ref: ExternalRefSchema });

/** The ref that a malformed item names, if it names one. */
export function refOfItem(item: unknown): ExternalRef | undefined {
  const parsed = safeParse(ItemSchema, item);
  return parsed.success ? parsed.data.ref : undefined;
}

function parsed(item: unknown, run: Run): ReadIssue {
  try {
    return { kind: 'found', issue: parseAnswer(item, run) };
  } catch (error) {
    return { kind: 'failed', error: asTrackerError(error, run.options.connector.name) };
  }
}

/** Reads issues as they are now, in bulk where the tracker can. In the order of `refs`. @throws StopRun */
export async function readIssues(run: Run, refs: readonly ExternalRef[]): Promise<ReadIssue[]> {
  const answers = await readAll(run, refs);
  for (const [index, answer] of answers.entries()) {
    const asked = refs[index];
    // It has another ref now, and keeps its record.
    if (asked && answer.kind === 'found' && !sameRef(asked, answer.issue.ref))
      await rename(run, asked, answer.issue.ref);
  }
  return answers;
}

async function readAll(run: Run, refs: readonly ExternalRef[]): Promise<ReadIssue[]> {
  const { connector } = run.options;
  const found: ReadIssue[] = [];
  if (run.capabilities.supportsBulkRead && connector.getIssues) {
    const size = run.capabilities.limits?.batchSize ?? 100;
    for (let start = 0; start < refs.length; start += size) {
      found.push(...(await readBatch(run, refs.slice(start, start + size))));
    }
    return found;
  }
  return pooled(refs, run.options.concurrency ?? 1, (ref) => readOne(run, ref));
}

async function readBatch(run: Run, refs: ExternalRef[]): Promise<ReadIssue[]> {
  const { connector } = run.options;
  try {
    const items: unknown = await run.read(async () => connector.getIssues?.(refs, run.signalOption));
    if (!Array.isArray(items) || items.length !== refs.length) {
      throw new IssuePayloadContractError(
        `${connector.name} answered a bulk read of ${refs.length} issues with another number`,
        {
          provider: connector.name,
          kind: 'page',
        },
      );
    }
    // Not `map`, which passes over holes.
    return Array.from<unknown, ReadIssue>(items, (item) =>
      item === undefined || item === null ? { kind: 'missing' } : parsed(item, run),
    );
  } catch (caught) {
    if (caught instanceof StopRun) throw caught;
    const error = asTrackerError(caught, connector.name);
    return refs.map(() => ({ kind: 'failed', error }));
  }
}

async function readOne(run: Run, ref: ExternalRef): Promise<ReadIssue> {
  const { connector } = run.options;
  try {
    return parsed(await run.read(() => connector.getIssue(ref, run.signalOption)), run);
  } catch (caught) {
    if (caught instanceof StopRun) throw caught;
    const error = asTrackerError(caught, connector.name);
    return failureClassOf(error) === 'not_found' ? { kind: 'missing' } : { kind: 'failed', error };
  }
}

/** Maps with at most `width` calls under way, answers in order. The first failure ends it, once no call is under way. */
export async function pooled<In, Out>(
  items: readonly In[],
  width: number,
  call: (item: In, index: number) => Promise<Out>,
): Promise<Out[]> {
  const answers: Out[] = [];
  let next = 0;
  let failure: { error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length && !failure; index = next++) {
      try {
        answers[index] = await call(items[index] as In, index);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (failure) throw failure.error;
  return answers;
}
