import {
  type CallOptions,
  type CanonicalLink,
  type ExternalRef,
  type JsonObject,
  refIdentity,
  sameRef,
} from '@spec-kitty/tracker-core';
import type { GitHubClient, GraphqlProblem } from './client.ts';
import { parentStep, refuse, type Step } from './from-canonical.ts';
import { notFound } from './not-found.ts';
import type { Reader } from './reader.ts';
import { SYSTEM } from './to-canonical.ts';
import { refusalOf } from './write-jobs.ts';

/** Relations between issues, one at a time. */
export class Links {
  readonly #client: GitHubClient;
  readonly #reader: Reader;

  constructor(client: GitHubClient, reader: Reader) {
    this.#client = client;
    this.#reader = reader;
  }

  /** Makes a relation be there or not; what is so already is a success. */
  async set(ref: ExternalRef, link: CanonicalLink, wanted: boolean, options: CallOptions): Promise<void> {
    if (link.target.system !== SYSTEM)
      refuse('links', `${refIdentity(link.target)} is no issue of GitHub, which cannot link to it`);
    if (link.type === 'relates_to') refuse('links', 'GitHub has no relation "relates_to"');
    if (link.type === 'duplicates') return this.#duplicate(ref, link.target, wanted, options);
    const step = stepOf(ref, link, wanted);
    const { problems } = await this.#client.mutate([{ ...step, tells: false }], options);
    const [problem] = problems;
    if (!problem || (await this.#is(ref, link, options)) === wanted) return;
    throw refusal(problem, step, ref, link.target);
  }

  /** GitHub says of a closed issue what it is a duplicate of. */
  async #duplicate(
    ref: ExternalRef,
    target: ExternalRef,
    wanted: boolean,
    options: CallOptions,
  ): Promise<void> {
    const [raw] = await this.#reader.raw([ref.id], options);
    if (!raw) throw notFound(ref);
    if ((raw.duplicateOf?.id === target.id) === wanted) return;
    if (wanted && raw.state !== 'CLOSED')
      refuse(
        'links',
        'GitHub says of closed issues alone that they are duplicates: close it as canceled first',
      );
    const input: JsonObject = wanted
      ? { issueId: ref.id, stateReason: 'DUPLICATE', duplicateIssueId: target.id }
      : { issueId: ref.id, stateReason: 'NOT_PLANNED' };
    const step: Step = { name: 'closeIssue', input, fields: ['links'] };
    const { problems } = await this.#client.mutate([{ ...step, tells: false }], options);
    const [problem] = problems;
    if (!problem) return;
    throw refusal(problem, step, ref, target);
  }

  async #is(ref: ExternalRef, { type, target }: CanonicalLink, options: CallOptions): Promise<boolean> {
    const [issue] = await this.#reader.get([ref], options);
    if (!issue) throw notFound(ref);
    if (type === 'child_of') return issue.parent?.id === target.id;
    if (type !== 'parent_of')
      return issue.links.some((link) => link.type === type && link.target.id === target.id);
    const [child] = await this.#reader.get([target], options);
    return child?.parent != null && sameRef(child.parent, issue.ref);
  }
}

/** Of two issues, GitHub names the one that it has not. */
function refusal(problem: GraphqlProblem, step: Step, ref: ExternalRef, target: ExternalRef): Error {
  const targetIsMissing = problem.type === 'NOT_FOUND' && problem.message.includes(`'${target.id}'`);
  return targetIsMissing ? notFound(target) : refusalOf(problem, step, ref);
}

function stepOf(ref: ExternalRef, { type, target }: CanonicalLink, wanted: boolean): Step {
  if (type === 'child_of' || type === 'parent_of') {
    const [child, parent] = type === 'child_of' ? [ref, target] : [target, ref];
    return parentStep(child.id, wanted ? parent : null, parent);
  }
  const [blocked, blocking] = type === 'blocks' ? [target, ref] : [ref, target];
  return {
    name: wanted ? 'addBlockedBy' : 'removeBlockedBy',
    input: { issueId: blocked.id, blockingIssueId: blocking.id },
    fields: ['links'],
  };
}
