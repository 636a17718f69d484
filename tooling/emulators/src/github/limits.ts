import { type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import type { GraphqlCall } from '../graphql-endpoint.ts';
import { GithubRefusal } from './state.ts';

/** https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api */
export const POINTS_PER_HOUR = 5000;
const MAX_NODES = 500_000;
const CONTENT_PER_MINUTE = 80;
const CONTENT_PER_HOUR = 500;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Fields that are pages of a list. */
const CONNECTIONS = new Set([
  'organizations',
  'repositories',
  'issues',
  'labels',
  'assignees',
  'comments',
  'blockedBy',
  'blocking',
  'issueTypes',
]);
/** Mutations that create what others are notified of. */
const CONTENT = new Set(['createIssue', 'addComment']);

/** What a call costs, by its pages. @throws GithubRefusal where a page has no size or one that is too large. */
export function costOf(call: GraphqlCall): { points: number; content: number } {
  const fragments = new Map(
    call.document.definitions.flatMap((one): [string, FragmentDefinitionNode][] =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [],
    ),
  );
  let [requests, nodes, content] = [0, 0, 0];
  const walk = (set: SelectionSetNode | undefined, times: number): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        walk(fragments.get(selection.name.value)?.selectionSet, times);
        continue;
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet, times);
        continue;
      }
      const name = selection.name.value;
      if (CONTENT.has(name)) content += 1;
      if (!CONNECTIONS.has(name)) {
        walk(selection.selectionSet, times * listedIn(call, selection.arguments ?? []));
        continue;
      }
      const given = selection.arguments?.find((one) => one.name.value === 'first')?.value;
      const value =
        given?.kind === Kind.INT
          ? Number(given.value)
          : given?.kind === Kind.VARIABLE
            ? Number(call.variables[given.name.value])
            : undefined;
      if (value === undefined)
        throw new GithubRefusal(
          'MISSING_PAGINATION_BOUNDARIES',
          `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
        );
      if (!(value >= 0 && value <= 100))
        throw new GithubRefusal(
          'EXCESSIVE_PAGINATION',
          `Requesting ${value} records on the \`${name}\` connection exceeds the \`first\` limit of 100 records.`,
        );
      requests += times;
      nodes += times * value;
      walk(selection.selectionSet, times * value);
    }
  };
  walk(call.operation.selectionSet, 1);
  if (nodes > MAX_NODES)
    throw new GithubRefusal(
      'MAX_NODE_LIMIT_EXCEEDED',
      `This query requests up to ${nodes} possible nodes which exceeds the maximum limit of 500,000.`,
    );
  return { points: Math.max(1, Math.round(requests / 100)), content };
}

/** `nodes(ids:)` is a list without pages. */
function listedIn(
  call: GraphqlCall,
  given: readonly { name: { value: string }; value: { kind: string } }[],
): number {
  const ids = given.find((one) => one.name.value === 'ids')?.value;
  if (ids?.kind !== Kind.VARIABLE) return 1;
  const name = (ids as unknown as { name: { value: string } }).name.value;
  const list = call.variables[name];
  return Array.isArray(list) ? list.length : 1;
}

export type Verdict =
  | { ok: true }
  | { ok: false; limit: 'primary' | 'secondary'; retryAfterSeconds?: number };

/** The two limits: points by the hour, and what is created by the minute and the hour. */
export class GithubLimits {
  #windowEnd = 0;
  #used = 0;
  readonly #content: number[] = [];

  /** Counts a call where it is allowed. */
  take(now: number, cost: { points: number; content: number }): Verdict {
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + HOUR_MS;
      this.#used = 0;
    }
    if (this.#used + cost.points > POINTS_PER_HOUR) return { ok: false, limit: 'primary' };
    if (cost.content > 0) {
      const within = (ms: number): number => this.#content.filter((at) => at > now - ms).length;
      if (
        within(MINUTE_MS) + cost.content > CONTENT_PER_MINUTE ||
        within(HOUR_MS) + cost.content > CONTENT_PER_HOUR
      )
        return { ok: false, limit: 'secondary' };
      for (let index = 0; index < cost.content; index += 1) this.#content.push(now);
      while ((this.#content[0] ?? now) <= now - HOUR_MS) this.#content.shift();
    }
    this.#used += cost.points;
    return { ok: true };
  }

  state(now: number): { limit: number; remaining: number; used: number; resetAt: number } {
    const used = now >= this.#windowEnd ? 0 : this.#used;
    const resetAt = now >= this.#windowEnd ? now + HOUR_MS : this.#windowEnd;
    return { limit: POINTS_PER_HOUR, remaining: POINTS_PER_HOUR - used, used, resetAt };
  }
}
