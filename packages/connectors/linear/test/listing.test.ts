import type { CanonicalIssue, ListQuery, Page } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { newIssue, refOf, rejection, type World, world } from './fixtures.ts';

async function pages(
  { connector }: World,
  query: ListQuery,
  between: (page: number) => void = () => {},
): Promise<Page<CanonicalIssue>[]> {
  const found: Page<CanonicalIssue>[] = [];
  let cursor: string | undefined;
  do {
    const page = await connector.listIssues({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    found.push(page);
    between(found.length);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}

const idsIn = (found: Page<CanonicalIssue>[]): string[] =>
  found.flatMap(({ items }) => items.map(({ ref }) => ref.id));

const EPOCH = '1970-01-01T00:00:00.000Z';

describe('a listing', () => {
  it('shows what nobody touches, however much is edited between its pages', async () => {
    const held = world();
    const { people } = held.emulator;
    const ids = people.createIssues(Array.from({ length: 30 }, (_, i) => ({ title: `Issue ${i}` })));
    const edited = ids.filter((_, i) => i % 3 === 0);
    const found = await pages(held, { limit: 4 }, (page) => {
      for (const id of edited.slice(2 * page - 2, 2 * page)) people.edit(id, { title: `After ${page}` });
    });
    const shown = idsIn(found);
    expect(ids.filter((id) => !edited.includes(id) && !shown.includes(id))).toEqual([]);
    expect(new Set(shown).size).toBe(shown.length);
  });

  it('tells issues of one instant apart', async () => {
    const held = world();
    const items = Array.from({ length: 50 }, (_, i) => ({
      issue: newIssue({ title: `Issue ${i}` }, `draft:${i}`),
      options: { idempotencyKey: `key ${i}` },
    }));
    await held.connector.createIssues(items);
    const shown = idsIn(await pages(held, { limit: 7 }));
    expect([shown.length, new Set(shown).size]).toEqual([50, 50]);
  });

  it('tells what was archived and what was trashed as gone, and on a first pull not at all', async () => {
    const held = world();
    const { people, time } = held.emulator;
    const [a = '', b = '', c = ''] = people.createIssues([{ title: 'A' }, { title: 'B' }, { title: 'C' }]);
    const since = time.clock.now();
    time.advance(60_000);
    people.archive(a);
    people.remove(b);
    const [first] = await pages(held, { limit: 10 });
    expect([first?.items.map(({ ref }) => ref.id), first?.gone]).toEqual([[c], undefined]);
    // Neither moved `updatedAt`, and neither meets the filter.
    const [later] = await pages(held, { limit: 10, updatedSince: since, filters: { queryText: 'C' } });
    expect(later?.gone?.map(({ id }) => id).sort()).toEqual([a, b].sort());
  });

  it.each([3, 13, 120, 600])('shows every relation of an issue that has %i of them', async (count) => {
    const held = world();
    const { people } = held.emulator;
    const [one = '', ...others] = people.createIssues(
      Array.from({ length: count + 1 }, (_, i) => ({ title: `Issue ${i}` })),
    );
    for (const [i, other] of others.entries()) {
      if (i % 5 === 0) people.relate(other, 'related', one);
      else people.relate(one, 'blocks', other);
    }
    const issue = await held.connector.getIssue(refOf(one));
    expect(issue.links.map(({ target }) => target.id).sort()).toEqual([...others].sort());
    const listed = (await pages(held, { limit: 200 })).flatMap(({ items }) => items);
    expect(listed.find(({ ref }) => ref.id === one)).toEqual(issue);
  });

  it('asks for the relations of many issues at once', async () => {
    const held = world();
    const { people } = held.emulator;
    const ids = people.createIssues(Array.from({ length: 60 }, (_, i) => ({ title: `Issue ${i}` })));
    for (const id of ids)
      for (const other of ids.slice(0, 6)) if (id !== other) people.relate(id, 'blocks', other);
    const count = await held.requests(() => held.connector.listIssues({ limit: 200 }));
    // Of six issues all 59 others wait: these are asked for once more, each alone.
    expect(count).toBe(1 + 2 + 6);
  });

  it('shows no issue of another team; one that moved there is read, and not written to', async () => {
    const held = world();
    const { people, otherTeamId } = held.emulator;
    const id = people.createIssue({ title: 'Moves', labels: ['of the first team'] });
    people.moveToTeam(id, otherTeamId);
    expect(idsIn(await pages(held, { limit: 10, updatedSince: EPOCH }))).toEqual([]);
    expect(await held.connector.getIssue(refOf(id))).toMatchObject({
      title: 'Moves',
      ref: { key: 'XYZ-1' },
    });
    expect((await held.connector.listIssues({ limit: 1, filters: { queryKey: 'XYZ-1' } })).items).toEqual([]);
    expect(await rejection(held.connector.updateIssue(refOf(id), { title: 'x' }))).toMatchObject({
      code: 'scope_violation',
    });
    expect(await rejection(held.connector.deleteIssue(refOf(id)))).toMatchObject({ code: 'scope_violation' });
  });

  it('tells an issue that it cannot read, and shows the others', async () => {
    const held = world();
    const [a = '', b = ''] = held.emulator.people.createIssues([{ title: 'Blank' }, { title: 'Fine' }]);
    held.emulator.people.issue(a).title = ' ';
    const page = await held.connector.listIssues({ limit: 10 });
    expect(page.items.map(({ ref }) => ref.id)).toEqual([b]);
    expect(page.failures).toMatchObject([{ location: 'issue ABC-1' }]);
  });

  it('asks for no issue by what is no key', async () => {
    const held = world();
    held.emulator.people.createIssue({ title: 'A' });
    for (const queryKey of ['', 'ABC', 'ABC-', '-1', 'ABC-01', 'x'.repeat(5000)])
      expect(await held.connector.listIssues({ limit: 1, filters: { queryKey } })).toEqual({ items: [] });
    expect(held.emulator.log.all).toEqual([]);
  });

  it('finds no issue for a status or a person that there is not', async () => {
    const held = world();
    held.emulator.people.createIssue({ title: 'A' });
    for (const filters of [{ status: ['blocked' as const] }, { assignee: 'ada' }])
      expect(await held.connector.listIssues({ limit: 1, filters })).toEqual({ items: [] });
  });
});
