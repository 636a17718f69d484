import {
  CANONICAL_ISSUE_TYPES,
  CANONICAL_STATUSES,
  type CanonicalIssue,
  CORE_ISSUE_FIELDS,
  type ExternalRef,
  fieldSupport,
  type IssueField,
  type IssuePatch,
  type TrackerCapabilities,
} from '@spec-kitty/tracker-core';
import { check, equal, present, refusal } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';
import type { SeedIssue } from './options.ts';
import { outcome, type World } from './world.ts';

/** Fields that a patch of another one leaves alone. Links may be told at their other end by the tracker itself. */
const STEADY = CORE_ISSUE_FIELDS.filter((field) => field !== 'links');

/** Values of a field that are worth sending, the last of them an empty one where there is such a thing. */
export function valuesOf(world: World, field: IssueField, other: ExternalRef): IssuePatch[] {
  const { assignees } = world;
  switch (field) {
    case 'title':
      return [{ title: 'Another title' }];
    case 'body':
      return [
        { body: 'A body' },
        { body: '# Heading\n\n- one\n- two\n\n```ts\nlet x = 1;\n```' },
        { body: null },
      ];
    case 'status':
      return CANONICAL_STATUSES.map((status) => ({ status }));
    case 'issueType':
      return CANONICAL_ISSUE_TYPES.map((issueType) => ({ issueType }));
    case 'priority':
      return [0, 1, 2, 3, 4, null].map((priority) => ({ priority }) as IssuePatch);
    case 'assignees': {
      const several = world.capabilities.supportsMultiAssignee ? [{ assignees: assignees.slice(0, 2) }] : [];
      return [{ assignees: assignees.slice(0, 1) }, ...several, { assignees: [] }];
    }
    case 'labels':
      return [{ labels: ['first'] }, { labels: ['second', 'third'] }, { labels: [] }];
    case 'parent':
      return [{ parent: other }, { parent: null }];
    case 'links':
      return [{ links: [{ type: 'relates_to', target: other }] }, { links: [] }];
    case 'customFields':
      return [{ customFields: world.customFields }, { customFields: {} }];
  }
}

/** A tracker may keep custom keys of its own; of ours it holds what was sent, or nothing where that was emptied. */
function heldAsSent(world: World, field: IssueField, issue: CanonicalIssue, sent: IssuePatch): boolean {
  if (field !== 'customFields') return world.same(field, issue[field], sent[field]);
  const ours = Object.keys(world.customFields).filter((key) => Object.hasOwn(issue.customFields, key));
  return world.same(
    'customFields',
    Object.fromEntries(ours.map((key) => [key, issue.customFields[key]])),
    sent.customFields,
  );
}

const text = (value: unknown): string => JSON.stringify(value);

/**
 * A relation may have a call of its own and none in a patch; a lossy tracker may refuse what it has no word for; and
 * a tracker without terminal transitions closes nothing.
 */
function mayRefuse({ capabilities }: World, patch: IssuePatch): boolean {
  if (patch.links) return true;
  if (patch.status === 'done' || patch.status === 'canceled') {
    if (!capabilities.supportsTerminalTransition) return true;
  }
  return Object.keys(patch).some((field) => fieldSupport(capabilities, field as IssueField) === 'lossy');
}

async function sendEach(world: World, field: IssueField): Promise<void> {
  const support = world.support(field);
  // Nothing of it is empty: a write that empties what it does not name is seen.
  const { assignees, customFields } = world;
  const filled = {
    body: 'Stays',
    priority: 1,
    labels: ['stays'],
    assignees: assignees.slice(0, 1),
    customFields,
  } as const;
  const [ref, other] = await world.seed(
    { title: 'To be written', ...filled, labels: [...filled.labels] },
    { title: 'The other one' },
  );
  const target = present(ref, 'a seed');
  let before = await world.get(target);
  for (const patch of valuesOf(world, field, present(other, 'a seed'))) {
    const what = `updateIssue with ${text(patch)}`;
    const done = await outcome(() => world.connector.updateIssue(target, patch, { previous: before }));
    check('answer' in done || mayRefuse(world, patch), `${what} was refused (${text(done)})`);
    const after = await world.get(target);
    if ('answer' in done) {
      world.verify(done.answer, what);
      check(
        world.same(field, done.answer[field], after[field]),
        `${what}: its answer is not what getIssue reads`,
      );
      if (support === 'full') {
        check(heldAsSent(world, field, after, patch), `${what}: it reads back as ${text(after[field])}`);
      }
    } else {
      check(world.same(field, after[field], before[field]), `${what} was refused, and changed the field`);
    }
    world.unchanged(before, after, [field], STEADY);
    before = after;
  }
}

async function createWith(world: World, field: IssueField): Promise<void> {
  const other = await world.seedOne({ title: 'The other one' });
  const patch = present(valuesOf(world, field, other)[0], 'a value');
  const draft = world.draft({ title: 'Created', ...patch });
  const done = await outcome(() => world.connector.createIssue(draft));
  const support = world.support(field);
  check('answer' in done || mayRefuse(world, patch), `createIssue with ${text(patch)} was refused`);
  if (!('answer' in done)) return;
  const created = world.verify(done.answer, 'createIssue');
  check(created.ref.id !== draft.ref.id, 'createIssue keeps the id of a draft');
  const read = await world.get(created.ref);
  check(
    world.same(field, created[field], read[field]),
    'the answer of createIssue is not what getIssue reads',
  );
  if (support === 'full') {
    check(heldAsSent(world, field, read, patch), `createIssue with ${text(patch)}: ${text(read[field])}`);
  }
}

async function refuses(world: World, field: IssueField): Promise<void> {
  const [ref, other] = await world.seed({ title: 'To be written' }, { title: 'The other one' });
  const target = present(ref, 'a seed');
  const before = await world.get(target);
  const count = (await world.list()).length;
  const patch = present(valuesOf(world, field, present(other, 'a seed'))[0], 'a value');
  const codes = ['capability_not_supported', 'fields_refused'];
  const named = (error: unknown): void => {
    equal((error as { capability?: string }).capability, field, 'the error names the field');
  };
  named(await refusal(() => world.connector.updateIssue(target, patch), `a patch of ${field}`, codes));
  equal(await world.get(target), before, 'the issue after a refused patch');
  const draft = world.draft({ title: 'Created', ...patch } as SeedIssue);
  named(await refusal(() => world.connector.createIssue(draft), `a create with ${field}`, codes));
  equal((await world.list()).length, count, 'the number of issues after a refused create');
}

/** For each core field: it is written alone and cleared, and is created, or it is refused. */
export function fieldCases(capabilities: TrackerCapabilities): ConnectorCase[] {
  return CORE_ISSUE_FIELDS.flatMap((field): ConnectorCase[] => {
    if (fieldSupport(capabilities, field) === 'none') {
      return [
        {
          name: `${field} is not held, and refused`,
          when: writes,
          run: (world) => refuses(world, field),
        },
      ];
    }
    return [
      {
        name: `${field} is written alone, and cleared`,
        when: writes,
        run: (world) => sendEach(world, field),
      },
      { name: `an issue is created with ${field}`, when: writes, run: (world) => createWith(world, field) },
    ];
  });
}
