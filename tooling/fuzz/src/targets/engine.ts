import {
  canonicalIssue,
  isTrackerError,
  OwnershipPolicy,
  SyncEngine,
  type SyncEngineOptions,
  type SyncResult,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import { InMemoryConnector, InMemoryTracker } from '@spec-kitty/tracker-memory';
import fc from 'fast-check';
import { type Lie, lies, lying } from '../hostile/connector.ts';
import { realised } from '../hostile/exotic.ts';
import { hostileValue, type Recipe } from '../hostile/json.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { expectTyped, expectWords, jsonOf, outcomeNow, outcomeOf } from '../properties/outcome.ts';
import { EVENTS, ISSUES, REF } from '../samples.ts';
import { type FuzzTarget, target } from '../target.ts';
import { contentOf, emptyStore, engineFor, type Surroundings, surroundings } from '../world.ts';

interface World {
  tracker: InMemoryTracker;
  store: SyncStore;
  world: Surroundings;
  connector: InMemoryConnector;
}

function newWorld(): World {
  const world = surroundings();
  const tracker = new InMemoryTracker({ workspace: 'app', clock: world.clock });
  return {
    world,
    tracker,
    store: emptyStore(world),
    connector: new InMemoryConnector({ workspace: 'app' }, { clock: world.clock }, tracker),
  };
}

/** Issues that both sides hold, and changes on both sides that wait for the next sync. */
async function busyWorld(): Promise<World> {
  const made = newWorld();
  const { tracker, store, world, connector } = made;
  const [one, two, three, four] = ['one', 'two', 'three', 'four'].map(
    (title) => tracker.create({ title }).ref,
  );
  if (!one || !two || !three || !four) throw new Error('the tracker made no issues');
  tracker.link(one, { type: 'blocks', target: two });
  await engineFor(connector, store, world).sync();
  await store.editIssue(one, { title: 'one, here', links: [{ type: 'relates_to', target: three }] });
  await store.editIssue(two, { status: 'done', parent: one });
  await store.deleteIssue(four);
  for (const title of ['draft one', 'draft two']) {
    await store.createDraft({ system: 'memory', workspace: 'app' }, { title, labels: ['new'] });
  }
  tracker.edit(three, { title: 'three, there' });
  tracker.edit(one, { title: 'one, there' });
  return made;
}

function expectResult(result: SyncResult): void {
  jsonOf(result);
  for (const { message, code, fieldPath } of result.failures) {
    expectWords('the message of a failure', message);
    expectWords('the code of a failure', code);
    if (fieldPath !== undefined) expectWords('the place of a failure', fieldPath);
  }
}

async function expectReadable(store: SyncStore): Promise<void> {
  jsonOf(JSON.parse(await contentOf(store)));
  for (const issue of await store.listIssues()) jsonOf(canonicalIssue(issue));
}

/** Syncs with a connector that tells the truth; the last of them has nothing to do. */
async function expectQuietAtLast({ tracker, store, world, connector }: World): Promise<void> {
  let writes = 0;
  tracker.onEvent(() => {
    writes += 1;
  });
  for (let run = 0; run < 6; run++) {
    world.pass(600_000);
    writes = 0;
    expectResult(
      await engineFor(connector, store, { ...world, deletions: 'delete' }).sync({ full: run === 2 }),
    );
  }
  if (writes > 0) throw new Error(`after six true syncs it still wrote ${writes} changes`);
}

async function expectSurvivesLies(told: Lie[]): Promise<void> {
  const made = await busyWorld();
  const { tracker, store, world } = made;
  const { connector } = lying(made.connector, told);
  const engine = engineFor(connector, store, { ...world, deletions: 'delete' });
  const outcome = await outcomeOf(() => engine.sync());
  if (outcome.ok) expectResult(outcome.value);
  else {
    if (!isTrackerError(outcome.error)) expectTyped(outcome.error);
    if (!told.some(({ method }) => method === 'getCapabilities')) {
      throw new Error('the run rejected', { cause: outcome.error });
    }
  }
  if (world.badWaits.length > 0) throw new Error(`it waited for ${String(world.badWaits[0])} milliseconds`);
  await expectReadable(store);
  await expectQuietAtLast(made);
  await expectReadable(store);
  // Where look-ups tell the truth, no issue is made twice.
  if (told.some(({ method }) => ['listIssues', 'findByIdempotencyKeys', 'getCapabilities'].includes(method)))
    return;
  for (const title of ['draft one', 'draft two']) {
    const times = [...tracker.issues()].filter((issue) => issue.title === title).length;
    if (times > 1) throw new Error(`${title} was created ${times} times`);
  }
}

interface HostilePage {
  items: Recipe[];
  frame: Recipe;
}

const FRAMES: readonly Recipe[] = [
  {},
  {
    nextCursor: 'a-cursor',
    gone: [{ ...REF, id: '8' }],
    moved: [{ from: { ...REF, id: '9' }, to: { ...REF, id: '10' } }],
    failures: [{ location: 'line 7', message: 'not JSON' }],
  },
];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One page: good issues with hostile ones between them, in a frame that may be hostile too. */
async function expectGoodOnesImported({ items, frame }: HostilePage): Promise<void> {
  const made = newWorld();
  const { tracker, store, world } = made;
  const good = ['good one', 'good two'].map((title, index) =>
    tracker.create({ title }, { id: `good-${index}` }),
  );
  const [first, second] = good;
  const parts = realised(frame);
  let asked = 0;
  const page = async (): Promise<unknown> => {
    asked += 1;
    if (asked > 3000) throw new Error('the engine does not end');
    const content = { items: [first, ...items.map(realised), second] };
    if (!isObject(frame) || !isObject(parts)) return frame === null ? content : parts;
    return Object.assign(parts, content);
  };
  const connector = Object.assign(
    new InMemoryConnector({ workspace: 'app' }, { clock: world.clock }, tracker),
    {
      listIssues: page,
    },
  );
  const result = await engineFor(connector as never, store, world).pull();
  expectResult(result);
  await expectReadable(store);
  const refused = result.failures.some(({ operation }) => operation === 'pull_page');
  if (!refused || frame === null) {
    for (const issue of good) {
      const held = await store.getIssue(issue.ref);
      if (held?.title !== issue.title) throw new Error(`${issue.title} was not imported`);
    }
  }
  await expectQuietAtLast(made);
  for (const issue of good) {
    if ((await store.getIssue(issue.ref))?.title !== issue.title) throw new Error(`${issue.title} is lost`);
  }
}

/** A host's own functions, which may answer anything. */
async function expectResolver({ decided, merged }: { decided: Recipe; merged: Recipe }): Promise<void> {
  for (const change of [
    { strategy: () => realised(decided) },
    { strategy: { default: 'merge', fallback: 'external_wins' }, mergeText: () => realised(merged) },
  ]) {
    const made = await busyWorld();
    const { store, world, connector } = made;
    const result = await engineFor(connector, store, {
      ...world,
      ...(change as Partial<SyncEngineOptions>),
    }).sync();
    expectResult(result);
    await expectReadable(store);
  }
}

/** Options belong to the host: it may change them, but not while they are read. */
const steady = fc
  .constant(null)
  .chain(() => mutationOf([OPTIONS], 'program'))
  .filter((recipe) => !/flips|grows/.test(JSON.stringify(recipe)));

const OPTIONS: Recipe = {
  strategy: { default: 'manual_review', fields: { title: 'local_wins' }, fallback: 'external_wins' },
  filters: { queryText: 'x', status: ['todo'] },
  bindingId: 'b',
  enrol: { status: 'todo', labels: ['x'] },
  retry: { maxAttempts: 2 },
  pageSize: 10,
  concurrency: 2,
  overlapMs: 0,
  deletions: 'close',
  limits: { maxCreates: 1, maxUpdates: 1, maxDeletes: 0 },
  requestTimeoutMs: 0,
  leaseMs: 1000,
};

async function expectOptions(recipe: Recipe): Promise<void> {
  const made = await busyWorld();
  const { store, world, connector } = made;
  const given = realised(recipe);
  if (!isObject(recipe) || !isObject(given)) return;
  const policy = OwnershipPolicy.split({ fieldOwners: {} });
  const options = outcomeNow(() => ({ ...given, ...world, connector, store, policy }));
  if (!options.ok) return;
  const engine = outcomeNow(() => new SyncEngine(options.value as unknown as SyncEngineOptions));
  if (!engine.ok) return expectTyped(engine.error);
  const outcome = await outcomeOf(() => engine.value.sync());
  if (outcome.ok) expectResult(outcome.value);
  else expectTyped(outcome.error);
}

async function expectEvents(recipe: Recipe): Promise<void> {
  const made = await busyWorld();
  const engine = engineFor(made.connector, made.store, made.world);
  const outcome = await outcomeOf(() => engine.applyEvents(realised(recipe) as never));
  if (outcome.ok) expectResult(outcome.value);
  else expectTyped(outcome.error);
  await expectReadable(made.store);
  await expectQuietAtLast(made);
}

export const engineTargets: readonly FuzzTarget[] = [
  target({
    name: 'engine-page',
    runs: 250,
    input: fc.record({
      items: fc.array(mutationOf(ISSUES, 'program'), { minLength: 1, maxLength: 3 }),
      frame: fc.oneof(fc.constant(null), mutationOf(FRAMES, 'program')),
    }),
    check: expectGoodOnesImported,
  }),
  target({ name: 'engine-answers', runs: 250, input: lies, check: expectSurvivesLies }),
  target({
    name: 'engine-functions',
    runs: 120,
    input: fc.record({
      decided: fc.oneof(
        mutationOf(['local', 'external', 'open', { value: 'x' }], 'program'),
        hostileValue('program'),
      ),
      merged: fc.oneof(fc.constant('merged'), hostileValue('program')),
    }),
    check: expectResolver,
  }),
  target({ name: 'engine-options', runs: 200, input: steady, check: expectOptions }),
  target({ name: 'engine-events', runs: 250, input: mutationOf([EVENTS], 'program'), check: expectEvents }),
];
