import {
  type CallOptions,
  CapabilityNotSupportedError,
  ConnectorRequestError,
  type ExternalRef,
  IssueNotFoundError,
  isTrackerError,
  type SpecKittyTrackerError,
} from '@spec-kitty/tracker-core';
import { parseAnswer, readAnswer } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import { type RawIssue, RawIssueSchema } from './answers.ts';
import type { GitHubClient, GraphqlProblem } from './client.ts';
import type { Step } from './from-canonical.ts';
import { SYSTEM } from './to-canonical.ts';

/** Mutations of one document. A public client met an end near 76; far below it, an answer stays small. */
const AT_ONCE = 20;

/** The mutations of one issue, in order. */
export interface Job {
  /** For messages; a create has none. */
  ref?: ExternalRef;
  steps: readonly Step[];
}

export interface Done {
  /** The issue after its last step; undefined where that failed. */
  issue?: RawIssue;
  /** Steps that GitHub refused. */
  refused: { step: Step; error: SpecKittyTrackerError }[];
  /** Steps that took effect. */
  taken: number;
  /** The failure of a whole request: what it was to write may be written or not. */
  failed?: SpecKittyTrackerError;
}

const AnswersSchema = z.record(z.string(), z.nullable(z.looseObject({ issue: z.optional(z.unknown()) })));

/** Writes the steps of many issues in few documents. After a request that failed, nothing more is sent. */
export async function writeJobs(
  client: GitHubClient,
  jobs: readonly Job[],
  options: CallOptions,
): Promise<Done[]> {
  const done = jobs.map((): Done => ({ refused: [], taken: 0 }));
  const all = jobs.flatMap(({ steps, ref }, index) =>
    steps.map((step, place) => ({ step, ref, into: done[index], tells: place === steps.length - 1 })),
  );
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const some = all.slice(from, from + AT_ONCE);
    try {
      const mutations = some.map(({ step, tells }) => ({ name: step.name, tells, input: step.input }));
      const { data, problems } = await client.mutate(mutations, options);
      const answers = parseAnswer(AnswersSchema, data ?? {}, SYSTEM);
      for (const [index, { step, ref, into, tells }] of some.entries()) {
        if (!into) continue;
        const problem = problems.find(({ path }) => path?.[0] === `m${index}`);
        const answer = answers[`m${index}`];
        if (!answer) into.refused.push({ step, error: refusalOf(problem, step, ref) });
        else {
          into.taken += 1;
          const told = tells ? readAnswer(RawIssueSchema, answer.issue) : undefined;
          if (told) into.issue = told;
        }
      }
    } catch (error) {
      if (!isTrackerError(error)) throw error;
      for (const { into } of all.slice(from)) if (into) into.failed ??= error;
      break;
    }
  }
  return done;
}

/** What GitHub says against one mutation. */
export function refusalOf(
  problem: GraphqlProblem | undefined,
  { name, fields, input }: Step,
  ref: ExternalRef | undefined,
): SpecKittyTrackerError {
  const said = (problem?.message ?? 'it was not done, and nothing was said against it').slice(0, 300);
  const [field = 'title'] = fields;
  if (problem?.type === 'NOT_FOUND') {
    const missing = Object.values(input).find(
      (value) => typeof value === 'string' && said.includes(`'${value}'`),
    );
    if (ref && (missing === undefined || missing === ref.id))
      return new IssueNotFoundError(`GitHub has no issue ${ref.key ?? ref.id}`, { issueRef: { ...ref } });
  }
  if (problem?.type === 'FORBIDDEN' || problem?.type === 'INSUFFICIENT_SCOPES')
    return new ConnectorRequestError(`github: ${name}: ${said}`, {
      provider: SYSTEM,
      failureClass: 'permission',
    });
  if (/something went wrong|timeout/i.test(said))
    return new ConnectorRequestError(`github: ${name}: ${said}`, {
      provider: SYSTEM,
      failureClass: 'transient',
    });
  return new CapabilityNotSupportedError(`GitHub refused ${field} (${name}): ${said}`, {
    capability: field,
    fieldPath: field,
  });
}
