import { createHmac } from 'node:crypto';
import { createLinearEmulator } from '@spec-kitty/tooling-emulators';
import { canonicalIssue, TrackerEventSchema } from '@spec-kitty/tracker-core';
import { LinearConnector } from '@spec-kitty/tracker-linear';
import { textOf } from '../hostile/exotic.ts';
import type { Recipe } from '../hostile/json.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { expectTyped, expectWords, jsonOf, outcomeOf } from '../properties/outcome.ts';
import { type FuzzTarget, target } from '../target.ts';

const emulator = createLinearEmulator();
const { apiKey, webhookSecret, teamId, memberIds, people, time } = emulator;
const id = people.createIssue({ title: 'One', description: 'text', labels: ['bug'], priority: 2 });
const REF = { system: 'linear', workspace: 'linear', id };
const NEW = canonicalIssue({
  ref: { ...REF, id: '5d1f7a52-0b8e-4e44-9f0a-2f6c1f0f3a11' },
  title: 'New',
  labels: ['bug'],
  assignees: memberIds.slice(0, 1),
  status: 'done',
});

function connectorOver(fetch: typeof globalThis.fetch): LinearConnector {
  const { clock, sleep } = time;
  return new LinearConnector({ apiKey, teamId, webhookSecret }, { fetch, clock, sleep });
}

const callsOf = (connector: LinearConnector): (() => Promise<unknown>)[] => [
  () => connector.listIssues({ limit: 10 }),
  async () => (await connector.getIssues([REF])).map((one) => one ?? null),
  () => connector.createIssue(NEW, { idempotencyKey: 'key-1' }),
  () => connector.updateIssue(REF, { title: 'Other', labels: [], status: 'todo', parent: null }),
  () => connector.upsertLink(REF, { type: 'blocks', target: NEW.ref }),
  () => connector.addComment(REF, 'x'),
  () => connector.listComments(REF),
];

/** Everything that the emulator answers to these calls, as one answer. */
async function answered(): Promise<Recipe> {
  const all: Record<string, Recipe> = {};
  const recording: typeof globalThis.fetch = async (input, init) => {
    const answer = await emulator.fetch(input, init);
    Object.assign(all, JSON.parse(await answer.clone().text()).data);
    return answer;
  };
  for (const call of callsOf(connectorOver(recording))) await call();
  return { data: all };
}

const ANSWER = await answered();
const DELIVERY = JSON.parse(
  new TextDecoder().decode(emulator.delivery({ action: 'update', type: 'Issue', id }).body),
) as Recipe;

async function expectAnswers(text: string): Promise<void> {
  const connector = connectorOver(
    async () => new Response(text, { headers: { 'content-type': 'application/json' } }),
  );
  for (const call of callsOf(connector)) {
    const outcome = await outcomeOf(call);
    if (!outcome.ok) expectTyped(outcome.error);
    else if (outcome.value !== undefined) jsonOf(outcome.value);
  }
  const page = await outcomeOf(() => connector.listIssues({ limit: 10 }));
  if (!page.ok) return;
  for (const one of page.value.items)
    if (jsonOf(canonicalIssue(one, 'linear')) !== jsonOf(one)) throw new Error('an issue is not canonical');
  for (const { message, location } of page.value.failures ?? []) {
    expectWords('the message of a failure', message);
    expectWords('the place of a failure', location);
  }
}

async function expectEvents(text: string): Promise<void> {
  const body = new TextEncoder().encode(text);
  const signature = createHmac('sha256', webhookSecret).update(body).digest('hex');
  const headers = { 'linear-signature': signature, 'linear-delivery': 'delivery-1', 'linear-event': 'Issue' };
  const outcome = await outcomeOf(() => connectorOver(emulator.fetch).parseWebhook({ headers, body }));
  if (!outcome.ok) expectTyped(outcome.error);
  else for (const event of outcome.value) TrackerEventSchema.parse(event);
}

export const linearTargets: readonly FuzzTarget[] = [
  target({
    name: 'linear-answers',
    runs: 100,
    input: mutationOf([ANSWER], 'json'),
    check: (recipe) => expectAnswers(textOf(recipe)),
  }),
  target({
    name: 'linear-webhook',
    runs: 400,
    input: mutationOf([DELIVERY], 'json'),
    check: (recipe) => expectEvents(textOf(recipe)),
  }),
];
