import { readFile, writeFile } from 'node:fs/promises';
import { canonicalIssue } from '@spec-kitty/tracker-core';
import {
  InMemoryConnector,
  InMemoryTracker,
  SIGNATURE_HEADER,
  signedDelivery,
} from '@spec-kitty/tracker-memory';
import fc from 'fast-check';
import { realised } from '../hostile/exotic.ts';
import { hostileText, type Recipe } from '../hostile/json.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { type DamagedText, damage, damagedText } from '../hostile/text.ts';
import { expectTyped, jsonOf, outcomeNow, outcomeOf } from '../properties/outcome.ts';
import { expectParser } from '../properties/parser.ts';
import { EVENTS } from '../samples.ts';
import { type FuzzTarget, target } from '../target.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { emptyStore, engineFor, surroundings } from '../world.ts';

function state(): Recipe {
  const tracker = new InMemoryTracker({ workspace: 'app', clock: surroundings().clock });
  const one = tracker.create({ title: 'one', labels: ['Bug'], customFields: { a: [1] } });
  const two = tracker.create({ title: 'two', parent: one.ref }, { idempotencyKey: 'k' });
  tracker.link(one.ref, { type: 'blocks', target: two.ref });
  tracker.comment(one.ref, 'a comment');
  tracker.move(two.ref, { workspace: 'other' });
  tracker.remove(tracker.create({ title: 'three' }).ref);
  return tracker.exportState() as unknown as Recipe;
}

const STATE = state();
const STATE_TEXT = Buffer.from(JSON.stringify(STATE));

function imported(input: unknown): unknown {
  const tracker = new InMemoryTracker({ workspace: 'app', clock: surroundings().clock });
  tracker.importState(input);
  return tracker.exportState();
}

/** What is done with a tracker whose state came from outside ends, and is data or an error of this project. */
async function expectUsable(recipe: Recipe): Promise<void> {
  const parsed = expectParser(recipe, imported);
  if (!parsed) return;
  const world = surroundings();
  const tracker = new InMemoryTracker({ workspace: 'app', clock: world.clock });
  tracker.importState(parsed.value);
  await expectTrackerWorks(new InMemoryConnector({ workspace: 'app' }, { clock: world.clock }, tracker));
}

async function expectTrackerWorks(connector: InMemoryConnector): Promise<void> {
  const world = surroundings();
  const store = emptyStore(world);
  for (const work of [
    async () => {
      jsonOf(await engineFor(connector, store, world).sync());
    },
    async () => {
      for (const issue of await store.listIssues()) jsonOf(canonicalIssue(issue));
      await store.createDraft({ system: 'memory', workspace: 'app' }, { title: 'new' });
      jsonOf(await engineFor(connector, store, world).sync({ full: true }));
    },
  ]) {
    const outcome = await outcomeOf(work);
    if (!outcome.ok) expectTyped(outcome.error);
  }
}

async function expectFile(text: DamagedText): Promise<void> {
  await using folder = await temporaryFolder();
  const file = folder.file('tracker.json');
  const bytes = damage(STATE_TEXT, text);
  await writeFile(file, bytes);
  const connector = new InMemoryConnector({ workspace: 'app', file }, { clock: surroundings().clock });
  const read = await outcomeOf(() => connector.listIssues({ limit: 10 }));
  if (!read.ok) expectTyped(read.error);
  await expectTrackerWorks(connector);
  // What could not be read is not written over.
  if (!read.ok && !(await readFile(file)).equals(bytes))
    throw new Error('it wrote over a file that it cannot read');
}

const SECRET = 'a secret of tests';
const BODY = Buffer.from(JSON.stringify({ events: EVENTS }));

interface Delivery {
  events: Recipe;
  text: DamagedText;
  sign: 'events' | 'body' | 'wrong';
  header: string;
}

/** A delivery that was signed is read or refused by name; one that was not is refused, whatever it holds. */
async function expectDelivery({ events, text, sign, header }: Delivery): Promise<void> {
  const connector = new InMemoryConnector({ workspace: 'app', webhookSecret: SECRET });
  let request: { headers: Record<string, string>; body: Uint8Array };
  if (sign === 'events') {
    const given = outcomeNow(() => JSON.parse(JSON.stringify(realised(events)) ?? 'null'));
    request = await signedDelivery(SECRET, given.ok ? given.value : []);
  } else {
    const body = damage(BODY, text);
    const value = sign === 'wrong' ? header : await signature(body);
    request = { headers: { [SIGNATURE_HEADER]: value }, body };
  }
  const outcome = await outcomeOf(() => connector.parseWebhook(request));
  if (!outcome.ok) expectTyped(outcome.error);
  else if (sign === 'wrong') throw new Error('it took a delivery that nobody signed');
  else jsonOf(outcome.value);
}

async function signature(body: Uint8Array): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(SECRET), algorithm, false, [
    'sign',
  ]);
  const mac = await crypto.subtle.sign('HMAC', key, new Uint8Array(body));
  return `sha256=${Buffer.from(mac).toString('hex')}`;
}

export const memoryTargets: readonly FuzzTarget[] = [
  target({ name: 'memory-state', runs: 400, input: mutationOf([STATE], 'json'), check: expectUsable }),
  target({ name: 'memory-file', runs: 200, input: damagedText(1), check: expectFile }),
  target({
    name: 'webhook',
    runs: 800,
    input: fc.record({
      events: mutationOf([EVENTS], 'json'),
      text: damagedText(1),
      sign: fc.constantFrom('events' as const, 'body' as const, 'wrong' as const),
      header: fc.oneof(hostileText, fc.constant(`sha256=${'0'.repeat(64)}`)),
    }),
    check: expectDelivery,
  }),
];
