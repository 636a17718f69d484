import {
  BidirectionalIssueSync,
  canonicalIssue,
  decisionLinkMismatches,
  missionSeedFromIssue,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import { InMemoryConnector, InMemoryTracker } from '@spec-kitty/tracker-memory';
import fc from 'fast-check';
import { realised } from '../hostile/exotic.ts';
import { hostileValue, type Recipe } from '../hostile/json.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { expectTyped, jsonOf, outcomeNow, outcomeOf } from '../properties/outcome.ts';
import { expectParser } from '../properties/parser.ts';
import { CHECKPOINTS, EVENTS, ISSUES, MISSION_UPDATES, PATCHES, PEOPLE, REF } from '../samples.ts';
import { type FuzzTarget, target } from '../target.ts';
import { contentOf, emptyStore, engineFor, surroundings } from '../world.ts';

const PLACE: Recipe = { system: 'memory', workspace: 'app', scope: 'team' };
const FIELDS: Recipe = { title: 'A draft', labels: ['x'], customFields: { a: 1 } };

/** The calls of a store that take what a host gives. */
const CALLS: Record<string, (store: SyncStore, input: never) => Promise<unknown>> = {
  upsertIssue: (store, input) => store.upsertIssue(input),
  editIssue: (store, input) => store.editIssue(REF, input),
  createDraft: (store, input) => store.createDraft(input, { title: 'x' }),
  'createDraft fields': (store, input) => store.createDraft({ system: 'memory', workspace: 'app' }, input),
  linkRef: (store, input) => store.linkRef(REF, input),
  enrol: (store, input) => store.enrol(REF, input),
  setPeople: (store, input) => store.setPeople(input),
  putEvents: (store, input) => store.putEvents('b', input),
};
const VALID: Record<keyof typeof CALLS, readonly Recipe[]> = {
  upsertIssue: ISSUES,
  editIssue: PATCHES,
  createDraft: [PLACE],
  'createDraft fields': [FIELDS],
  linkRef: [{ ...REF, id: '7' }, REF],
  enrol: [PLACE, { system: 'other', workspace: 'x' }],
  setPeople: [PEOPLE],
  putEvents: [EVENTS],
};

const call = fc
  .constantFrom(...Object.keys(CALLS))
  .chain((name) => fc.record({ name: fc.constant(name), input: mutationOf(VALID[name] ?? [], 'program') }));

/** A call is done or refused; what the store gave before and after can be read either way. */
async function expectStoreCall({ name, input }: { name: string; input: Recipe }): Promise<void> {
  const store = emptyStore();
  await store.upsertIssue(canonicalIssue(ISSUES[1]));
  const before = await contentOf(store);
  const outcome = await outcomeOf(() => CALLS[name]?.(store, realised(input) as never));
  const after = await contentOf(store);
  if (!outcome.ok) {
    expectTyped(outcome.error);
    if (after !== before) throw new Error('it was refused, and changed the store');
  }
  for (const issue of await store.listIssues()) jsonOf(canonicalIssue(issue));
}

const CHOICES: readonly Recipe[] = ['local', 'external', { value: 'merged' }, { value: { a: [1] } }];

/** Fields, and what the tracker held. */
const CONFLICTED: Record<string, Recipe> = {
  title: 'there',
  labels: ['there'],
  parent: null,
  priority: 1,
  'customFields.team': { there: true },
  deleted: true,
};

async function expectChoice({ field, choice }: { field: string; choice: Recipe }): Promise<void> {
  const store = emptyStore();
  await store.upsertIssue(canonicalIssue(ISSUES[1]));
  const [recordId = 0] = (await store.backend.changed(0, 1)).ids;
  const values = { localValue: null, externalValue: CONFLICTED[field] ?? null };
  await store.backend.commit({
    putConflicts: [
      {
        id: 'c',
        issueRef: REF,
        field,
        ...values,
        strategy: 'manual_review',
        status: 'open',
        detectedAt: '2026-01-01T00:00:00.000Z',
        recordId,
        bindingId: 'b',
        target: 'memory:app:',
      },
    ],
  });
  const outcome = await outcomeOf(() => store.resolveConflict('c', realised(choice) as never));
  if (!outcome.ok) expectTyped(outcome.error);
  await contentOf(store);
  if (field !== 'deleted') for (const issue of await store.listIssues()) jsonOf(canonicalIssue(issue));
}

function expectSeed(recipe: Recipe): void {
  const issue = {
    ...(ISSUES[1] as object),
    customFields: { decision_refs: realised(recipe) },
  };
  const outcome = outcomeNow(() => missionSeedFromIssue(issue as never));
  if (!outcome.ok) {
    expectTyped(outcome.error);
    return;
  }
  jsonOf(outcome.value);
  const given = issue.customFields.decision_refs ?? [];
  if (!Array.isArray(given) || given.length !== outcome.value.decisionReferences.length)
    throw new Error('a malformed reference was dropped');
}

/** Publishing what may be anything to an issue whose custom fields and comments hold anything. */
async function expectPublished(input: { update: Recipe; stored: Recipe; comment: string }): Promise<void> {
  const world = surroundings();
  const tracker = new InMemoryTracker({ workspace: 'app', clock: world.clock });
  const stored = realised(input.stored);
  const made = outcomeNow(() =>
    tracker.create({ title: 'x', customFields: { spec_kitty_mission: stored } as never }),
  );
  const { ref } = made.ok ? made.value : tracker.create({ title: 'x' });
  tracker.comment(ref, input.comment);
  const connector = new InMemoryConnector({ workspace: 'app' }, {}, tracker);
  const sync = new BidirectionalIssueSync({ connector, ...world });
  const update = realised(input.update) as never;
  const outcome = await outcomeOf(() => sync.publishMissionUpdate({ issueRef: ref, update }));
  if (!outcome.ok) return expectTyped(outcome.error);
  const writes = tracker.comments(ref).length;
  await sync.publishMissionUpdate({
    issueRef: ref,
    update: realised(input.update) as never,
  });
  if (tracker.comments(ref).length !== writes) throw new Error('published twice, it is commented twice');
  for (const mismatch of decisionLinkMismatches(await connector.getIssue(ref), update)) expectTyped(mismatch);
}

export const hostTargets: readonly FuzzTarget[] = [
  target({ name: 'store-calls', runs: 1000, input: call, check: expectStoreCall }),
  target({
    name: 'conflict-choice',
    runs: 1000,
    input: fc.record({
      field: fc.constantFrom(...Object.keys(CONFLICTED)),
      choice: mutationOf(CHOICES, 'program'),
    }),
    check: expectChoice,
  }),
  target({
    name: 'checkpoint',
    runs: 1000,
    input: mutationOf(CHECKPOINTS, 'program'),
    check: (recipe) =>
      expectParser(recipe, (input) => {
        const engine = engineFor(new InMemoryConnector({}), emptyStore());
        engine.restoreCheckpoint(input as never);
        return engine.checkpoint;
      }),
  }),
  target({
    name: 'decision-references',
    runs: 1000,
    input: mutationOf(
      [[{ decision_id: 'D-1', blocking: true, summary: null, url: 'u', external_ref: { ...REF } }]],
      'program',
    ),
    check: expectSeed,
  }),
  target({
    name: 'mission-update',
    runs: 250,
    input: fc.record({
      update: mutationOf(MISSION_UPDATES, 'program'),
      stored: fc.oneof(
        mutationOf([{ mission_id: 'M-1', update_digest: 'x', decision_refs: [] }], 'json'),
        hostileValue('json'),
      ),
      comment: fc.constantFrom(
        'a comment',
        '<!-- spec-kitty-mission {"key":"x","payload":{"mission_id":"M-1"}} -->',
        '<!-- spec-kitty-mission {"key":"x" -->',
        `<!-- spec-kitty-mission ${'['.repeat(5000)} -->`,
      ),
    }),
    check: expectPublished,
  }),
];
