import { describe, expect, it } from 'vitest';
import { connectorOf, emulatorOf, personAt, refOf, WORKSPACE } from './fixtures.ts';

function pair() {
  const emulator = emulatorOf();
  const person = personAt(emulator);
  const [one, two] = [person.create({ title: 'one' }), person.create({ title: 'two' })];
  return { emulator, connector: connectorOf(emulator), one: refOf(one), two: refOf(two) };
}

describe('a link', () => {
  it.each([
    ['blocks', 'Blocks', 'outward', ['blocks', 'blocked_by']],
    ['blocked_by', 'Blocks', 'inward', ['blocked_by', 'blocks']],
    ['relates_to', 'Relates', 'outward', ['relates_to', 'relates_to']],
    // What is a duplicate says so; the other one has no word for it.
    ['duplicates', 'Duplicate', 'outward', ['duplicates', undefined]],
  ] as const)('%s has a direction, and is seen from both ends', async (type, name, side, seen) => {
    const { emulator, connector, one, two } = pair();
    await connector.upsertLink(one, { type, target: two });
    const [inward, outward] = side === 'outward' ? [one.id, two.id] : [two.id, one.id];
    expect([...emulator.state.links.values()]).toMatchObject([{ type: name, inward, outward }]);
    const links = [(await connector.getIssue(one)).links[0], (await connector.getIssue(two)).links[0]];
    expect(links.map((link) => link?.type)).toEqual(seen);
  });

  it('to an issue that is not there names it', async () => {
    const { connector, one } = pair();
    const target = { system: 'jira', workspace: WORKSPACE, id: '99999999' };
    const missing = (['blocks', 'blocked_by', 'parent_of'] as const).map((type) =>
      connector
        .upsertLink(one, { type, target })
        .catch((error: { issueRef?: { id: string } }) => error.issueRef?.id),
    );
    expect(await Promise.all(missing)).toEqual([target.id, target.id, target.id]);
    await expect(connector.upsertLink(one, { type: 'child_of', target })).rejects.toMatchObject({
      capability: 'parent',
    });
  });

  it('to another site is refused', async () => {
    const { connector, one } = pair();
    const target = { system: 'jira', workspace: 'other.atlassian.net', id: one.id };
    await expect(connector.upsertLink(one, { type: 'blocks', target })).rejects.toMatchObject({
      capability: 'links',
    });
  });

  it('of a kind that has no canonical word is left alone', async () => {
    const { emulator, connector, one, two } = pair();
    emulator.state.link('Cloners', one.id, two.id);
    await connector.upsertLink(one, { type: 'blocks', target: two });
    await connector.removeLink(one, { type: 'blocks', target: two });
    expect((await connector.getIssue(one)).links).toEqual([]);
    expect([...emulator.state.links.values()].map(({ type }) => type)).toEqual(['Cloners']);
  });
});
