import {
  canonicalIssue,
  type ExternalRef,
  type TaskTrackerConnector,
  TrackerEventSchema,
} from '@spec-kitty/tracker-core';
import fc from 'fast-check';
import { textOf } from '../hostile/exotic.ts';
import type { Recipe } from '../hostile/json.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { expectTyped, expectWords, jsonOf, outcomeOf } from '../properties/outcome.ts';
import { type FuzzTarget, target } from '../target.ts';

type Fetch = typeof fetch;

/** A tracker of its own, with two issues. */
export interface RestWorld {
  fetch: Fetch;
  connector(fetch: Fetch): TaskTrackerConnector;
  refs: readonly [ExternalRef, ExternalRef];
  /** The body of a genuine delivery. */
  delivery: Recipe;
  /** The headers of a delivery with this body, signed where the tracker signs. */
  headersOf(body: Uint8Array): Record<string, string>;
}

/** One answer of the tracker is hostile; all others are its own. */
interface HostileAnswer {
  /** The method and the path of the request. */
  at: string;
  answer: Recipe;
}

const placeOf = (request: Request): string => `${request.method} ${new URL(request.url).pathname}`;

function callsOf(
  connector: TaskTrackerConnector,
  [ref, other]: RestWorld['refs'],
): (() => Promise<unknown>)[] {
  const id = 'draft:new';
  const created = canonicalIssue({
    ref: { ...ref, id },
    title: 'New',
    labels: ['bug'],
    status: 'in_progress',
  });
  return [
    () => connector.listIssues({ limit: 10 }),
    () => connector.listIssues({ limit: 10, filters: { queryKey: ref.key ?? ref.id } }),
    async () => (await connector.getIssues?.([ref]))?.map((one) => one ?? null),
    () => connector.createIssue(created, { idempotencyKey: 'key-1' }),
    () =>
      connector.updateIssue(ref, { title: 'Other', body: 'Text', labels: [], status: 'done', assignees: [] }),
    () => connector.upsertLink(ref, { type: 'relates_to', target: other }),
    async () => connector.removeLink?.(ref, { type: 'relates_to', target: other }),
    () => connector.addComment(ref, 'x', { idempotencyKey: 'key-2' }),
    async () => connector.listComments?.(ref),
    async () => [...((await connector.findByIdempotencyKeys?.(['key-1'], {})) ?? [])],
  ];
}

/** What the tracker answers to these calls. */
async function answersOf({ fetch, connector, refs }: RestWorld): Promise<HostileAnswer[]> {
  const found = new Map<string, Recipe>();
  const recording: Fetch = async (input, init) => {
    const request = new Request(input, init);
    const answer = await fetch(request.clone());
    const text = await answer.clone().text();
    if (text !== '') found.set(placeOf(request), JSON.parse(text) as Recipe);
    return answer;
  };
  for (const call of callsOf(connector(recording), refs)) await call();
  return [...found].map(([at, answer]) => ({ at, answer }));
}

async function expectAnswers(
  { fetch, connector, refs }: RestWorld,
  { at, answer }: HostileAnswer,
): Promise<void> {
  const hostile: Fetch = async (input, init) => {
    const request = new Request(input, init);
    if (placeOf(request) !== at) return fetch(request);
    return new Response(textOf(answer), { headers: { 'content-type': 'application/json' } });
  };
  const opened = connector(hostile);
  for (const call of callsOf(opened, refs)) {
    const outcome = await outcomeOf(call);
    if (!outcome.ok) expectTyped(outcome.error);
    else if (outcome.value !== undefined) jsonOf(outcome.value);
  }
  const page = await outcomeOf(() => opened.listIssues({ limit: 10 }));
  if (!page.ok) return;
  for (const one of page.value.items)
    if (jsonOf(canonicalIssue(one, opened.name)) !== jsonOf(one))
      throw new Error('an issue is not canonical');
  for (const { message, location } of page.value.failures ?? []) {
    expectWords('the message of a failure', message);
    expectWords('the place of a failure', location);
  }
}

async function expectEvents({ fetch, connector, headersOf }: RestWorld, text: string): Promise<void> {
  const body = new TextEncoder().encode(text);
  const outcome = await outcomeOf(async () =>
    connector(fetch).parseWebhook?.({ headers: headersOf(body), body }),
  );
  if (!outcome.ok) expectTyped(outcome.error);
  else for (const event of outcome.value ?? []) TrackerEventSchema.parse(event);
}

/** The targets of a connector whose tracker speaks REST. Each run has a world of its own. */
export async function restTargets(name: string, open: () => RestWorld): Promise<FuzzTarget[]> {
  const answers = await answersOf(open());
  return [
    target({
      name: `${name}-answers`,
      runs: 100,
      input: fc
        .constantFrom(...answers)
        .chain(({ at, answer }) => mutationOf([answer], 'json').map((changed) => ({ at, answer: changed }))),
      check: (input) => expectAnswers(open(), input),
    }),
    target({
      name: `${name}-webhook`,
      runs: 400,
      input: mutationOf([open().delivery], 'json'),
      check: (recipe) => expectEvents(open(), textOf(recipe)),
    }),
  ];
}
