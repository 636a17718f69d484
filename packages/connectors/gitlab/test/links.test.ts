import { describe, expect, it, test } from 'vitest';
import { connectorOf, emulatorOf, personAt, refOf } from './fixtures.ts';

const PROJECTS = [
  { id: 42, path: 'acme/shop' },
  { id: 43, path: 'acme/other' },
] as const;

function pair(options: Parameters<typeof emulatorOf>[0] = {}) {
  const emulator = emulatorOf(options);
  const person = personAt(emulator);
  const [one, two] = [person.create({ title: 'one' }), person.create({ title: 'two' })];
  return { emulator, one: refOf(one), two: refOf(two), connector: connectorOf(emulator) };
}

test.each(['free', 'ce'] as const)(
  'a relation that is paid for is refused by name at %s, and others are made',
  async (tier) => {
    const { connector, one, two } = pair({ tier });
    for (const type of ['blocks', 'blocked_by'] as const) {
      const link = connector.upsertLink(one, { type, target: two });
      await expect(link).rejects.toMatchObject({ code: 'capability_not_supported', fieldPath: 'links' });
    }
    await connector.upsertLink(one, { type: 'relates_to', target: two });
    expect((await connector.getIssue(two)).links).toMatchObject([
      { type: 'relates_to', target: { id: one.id } },
    ]);
  },
);

test('a relation has two ends, and two issues have one', async () => {
  const { connector, one, two } = pair();
  await connector.upsertLink(one, { type: 'blocks', target: two });
  await connector.upsertLink(two, { type: 'blocked_by', target: one });
  expect((await connector.getIssue(two)).links).toMatchObject([
    { type: 'blocked_by', target: { id: one.id } },
  ]);
  const other = connector.upsertLink(one, { type: 'relates_to', target: two });
  await expect(other).rejects.toMatchObject({ code: 'capability_not_supported' });
  await expect(other).rejects.toThrow(/blocks already/);
});

test('a relation to another project is read and written under its number', async () => {
  const { connector, emulator, one } = pair({ projects: PROJECTS });
  const there = emulator.state.create('ada', { title: 'there' }, PROJECTS[1]);
  const target = { system: 'gitlab', workspace: '43', id: String(there.iid) };
  await connector.upsertLink(one, { type: 'relates_to', target });
  expect((await connector.getIssue(one)).links).toMatchObject([
    { type: 'relates_to', target: { ...target, key: 'acme/other#1' } },
  ]);
  await connector.removeLink(one, { type: 'relates_to', target });
  expect((await connector.getIssue(one)).links).toEqual([]);
});

test('a relation is found by a connector that knows the project by its path alone', async () => {
  const { emulator, one, two } = pair();
  const named = () => connectorOf(emulator, { projectId: 'acme/shop' });
  const [ref, target] = [one, two].map((end) => ({ ...end, workspace: 'acme/shop' }));
  if (!ref || !target) throw new TypeError('two issues were made');
  await named().upsertLink(ref, { type: 'blocks', target });
  await named().upsertLink(ref, { type: 'blocks', target });
  expect((await named().getIssue(ref)).links).toMatchObject([
    { type: 'blocks', target: { workspace: 'acme/shop' } },
  ]);
  await named().removeLink(ref, { type: 'blocks', target });
  expect(emulator.state.links.size).toBe(0);
});

describe('what is refused', () => {
  it.each(['duplicates', 'child_of', 'parent_of'] as const)('%s, before anything is sent', async (type) => {
    const { connector, emulator, one, two } = pair();
    for (const call of ['upsertLink', 'removeLink'] as const)
      await expect(connector[call](one, { type, target: two })).rejects.toMatchObject({ fieldPath: 'links' });
    expect(emulator.log.all).toEqual([]);
  });

  it.each([
    [{ system: 'github', workspace: 'a/b', id: '1' }],
    [{ system: 'gitlab', workspace: 'shop', id: '1' }],
    [{ system: 'gitlab', workspace: '../admin', id: '1' }],
  ])('a relation to %j, which is not of this GitLab', async (target) => {
    const { connector, emulator, one } = pair();
    const link = connector.upsertLink(one, { type: 'relates_to', target });
    await expect(link).rejects.toMatchObject({ code: 'capability_not_supported' });
    expect(emulator.log.all).toEqual([]);
  });

  it('a relation to an issue of another GitLab', async () => {
    const { emulator, two } = pair({ url: 'https://git.example.com' });
    const connector = connectorOf(emulator, { baseUrl: 'https://git.example.com' });
    const ref = { ...two, workspace: 'git.example.com/42' };
    for (const workspace of ['42', 'other.example.com/42']) {
      const link = connector.upsertLink(ref, { type: 'relates_to', target: { ...ref, id: '1', workspace } });
      await expect(link).rejects.toMatchObject({ code: 'capability_not_supported' });
    }
    await connector.upsertLink(ref, { type: 'relates_to', target: { ...ref, id: '1' } });
    expect((await connector.getIssue(ref)).links).toMatchObject([
      { target: { workspace: 'git.example.com/42', id: '1' } },
    ]);
  });

  it('a relation to an issue that is not there names it, whichever end it is', async () => {
    const { connector, one } = pair();
    const missing = { ...one, id: '99' };
    for (const [ref, target] of [
      [one, missing],
      [missing, one],
    ] as const) {
      const link = connector.upsertLink(ref, { type: 'relates_to', target });
      await expect(link).rejects.toMatchObject({ code: 'issue_not_found', issueRef: { id: '99' } });
    }
  });

  it('a relation of an issue to itself', async () => {
    const { connector, one } = pair();
    const link = connector.upsertLink(one, { type: 'relates_to', target: one });
    await expect(link).rejects.toMatchObject({ code: 'capability_not_supported', fieldPath: 'links' });
  });
});
