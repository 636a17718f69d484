import {
  type CanonicalLink,
  type ExternalRef,
  fieldSupport,
  type LinkType,
  sameRef,
  type TrackerCapabilities,
} from '@spec-kitty/tracker-core';
import { check, equal, present, refusal } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';
import { outcome, type World } from './world.ts';

const INVERSE = { blocks: 'blocked_by', blocked_by: 'blocks', relates_to: 'relates_to' } as const;
const RELATIONS = ['blocks', 'blocked_by', 'relates_to', 'duplicates'] as const;

const linked =
  (support: 'held' | 'none'): NonNullable<ConnectorCase['when']> =>
  (capabilities: TrackerCapabilities) =>
    writes(capabilities) && (fieldSupport(capabilities, 'links') === 'none') === (support === 'none');

/** How often an issue shows a relation. */
async function count(world: World, ref: ExternalRef, type: LinkType, target: ExternalRef): Promise<number> {
  const { links } = await world.get(ref);
  return links.filter((link) => link.type === type && sameRef(link.target, target)).length;
}

async function pair(world: World): Promise<[ExternalRef, ExternalRef]> {
  const [a, b] = await world.seed({ title: 'One end' }, { title: 'The other end' });
  return [present(a, 'a seed'), present(b, 'a seed')];
}

/** Adds a link; false where a lossy tracker has no word for it. */
async function add(world: World, ref: ExternalRef, link: CanonicalLink): Promise<boolean> {
  const done = await outcome(() => world.connector.upsertLink(ref, link));
  check('answer' in done || world.support('links') === 'lossy', `a link ${link.type} was refused`);
  return 'answer' in done;
}

const remove = (world: World, ref: ExternalRef, link: CanonicalLink): Promise<void> => {
  check(world.connector.removeLink !== undefined, 'links are held, and removeLink is not there');
  return world.connector.removeLink(ref, link);
};

export const linkCases: ConnectorCase[] = [
  ...RELATIONS.map(
    (type): ConnectorCase => ({
      name: `a link ${type} is added once, and removed`,
      when: linked('held'),
      async run(world) {
        const [a, b] = await pair(world);
        const link = { type, target: b };
        const before = await world.get(a);
        if (!(await add(world, a, link))) return;
        await add(world, a, link);
        const held = await count(world, a, type, b);
        check(held <= 1, `a link ${type} that was added twice is there ${held} times`);
        if (world.support('links') === 'full') equal(held, 1, `links ${type}`);
        await remove(world, a, link);
        equal(await count(world, a, type, b), 0, `links ${type} after the removal`);
        await remove(world, a, link);
        world.unchanged(before, await world.get(a), [], ['title', 'body', 'status', 'labels', 'links']);
      },
    }),
  ),
  {
    name: 'a link added from both ends is one',
    when: linked('held'),
    async run(world) {
      for (const type of ['blocks', 'relates_to'] as const) {
        const [a, b] = await pair(world);
        if (!(await add(world, a, { type, target: b }))) continue;
        if (!(await add(world, b, { type: INVERSE[type], target: a }))) continue;
        for (const [ref, word, target] of [
          [a, type, b],
          [b, INVERSE[type], a],
        ] as const) {
          const held = await count(world, ref, word, target);
          check(held <= 1, `a link added from both ends is there ${held} times`);
          if (world.support('links') === 'full') equal(held, 1, `links ${word}`);
        }
      }
    },
  },
  {
    name: 'adding a link leaves the others alone',
    when: linked('held'),
    async run(world) {
      const [a, b] = await pair(world);
      const c = await world.seedOne({ title: 'A third' });
      if (!(await add(world, a, { type: 'relates_to', target: b }))) return;
      await add(world, a, { type: 'relates_to', target: c });
      await remove(world, a, { type: 'relates_to', target: c });
      if (world.support('links') === 'full')
        equal(await count(world, a, 'relates_to', b), 1, 'the first link');
    },
  },
  {
    name: 'a link child_of is the parent',
    when: (capabilities) => writes(capabilities) && fieldSupport(capabilities, 'parent') === 'full',
    async run(world) {
      const [child, parent] = await pair(world);
      await world.connector.upsertLink(child, { type: 'child_of', target: parent });
      const read = await world.get(child);
      check(read.parent !== null && sameRef(read.parent, parent), 'child_of did not become the parent');
    },
  },
  {
    name: 'links are not held, and refused',
    when: linked('none'),
    async run(world) {
      const [a, b] = await pair(world);
      const link = { type: 'relates_to', target: b } as const;
      const codes = ['capability_not_supported'];
      await refusal(() => world.connector.upsertLink(a, link), 'upsertLink', codes);
      const { connector } = world;
      if (connector.removeLink) await refusal(() => connector.removeLink?.(a, link), 'removeLink', codes);
    },
  },
];
