import { type IssuePatch, isTrackerError, type WriteResult } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { newIssue, refOf, rejection, type World, world } from './fixtures.ts';

const told = (results: WriteResult[]): string[] =>
  results.map((one) => (one.ok ? one.issue.title : one.error.code));

const item = (
  id: string,
  patch: IssuePatch,
): { ref: ReturnType<typeof refOf>; patch: IssuePatch; options: object } => ({
  ref: refOf(id),
  patch,
  options: {},
});

/** A fetch that loses what the matching requests are answered, after they were done. */
function losing({ emulator }: World, matches: (body: string) => boolean, times = 1): typeof fetch {
  let left = times;
  return async (input, init) => {
    const request = new Request(input, init);
    const body = await request.clone().text();
    const answer = await emulator.fetch(request);
    if (left === 0 || !matches(body)) return answer;
    left -= 1;
    throw new TypeError('the connection was closed');
  };
}

describe('creates', () => {
  it('go past those that were made before, and past a bad one', async () => {
    const held = world();
    const items = Array.from({ length: 60 }, (_, i) => ({
      issue: newIssue({ title: `Issue ${i}` }, `draft:${i}`),
      options: { idempotencyKey: `key ${i}` },
    }));
    await held.connector.createIssues(items.slice(10, 13));
    const bad = { ...items[20], issue: newIssue({ title: 'Bad', parent: refOf(UNKNOWN) }, 'draft:20') };
    items[20] = { issue: bad.issue, options: { idempotencyKey: 'key 20' } };
    const results = await held.connector.createIssues(items);
    expect(told(results)).toEqual(
      items.map(({ issue }, i) => (i === 20 ? 'connector_request' : issue.title)),
    );
    expect(held.emulator.issues()).toHaveLength(59);
  });

  it('whose answer was lost are done by the second try', async () => {
    const held = world();
    const connector = held.open({}, { fetch: losing(held, (body) => body.includes('issueCreate')) });
    const options = { idempotencyKey: 'once' };
    expect(await rejection(connector.createIssue(newIssue(), options))).toMatchObject({
      code: 'connector_request',
      failureClass: 'transient',
    });
    expect((await connector.createIssue(newIssue(), options)).ref.key).toBe('ABC-1');
    expect(held.emulator.issues()).toHaveLength(1);
  });

  it('are not answered with what another account made under the id', async () => {
    const held = world();
    const { people, workspace } = held.emulator;
    const made = await held.connector.createIssue(newIssue(), { idempotencyKey: 'key' });
    const [, other = ''] = held.emulator.memberIds;
    people.issue(made.ref.id).creatorId = other;
    expect(await rejection(held.connector.createIssue(newIssue(), { idempotencyKey: 'key' }))).toMatchObject({
      failureClass: 'validation',
    });
    expect(workspace.issues.size).toBe(1);
  });

  it('stop at a limit, and say of each that was not sent why', async () => {
    const held = world({ limits: { requests: 2 } });
    const items = Array.from({ length: 120 }, (_, i) => ({
      issue: newIssue({ title: `Issue ${i}` }, `draft:${i}`),
      options: { idempotencyKey: `key ${i}` },
    }));
    const results = await held.connector.createIssues(items);
    expect(results.filter(({ ok }) => ok)).toHaveLength(50);
    for (const one of results.slice(50))
      expect(!one.ok && one.error).toMatchObject({ failureClass: 'rate_limit' });
    expect(held.emulator.issues()).toHaveLength(50);
  });

  it('hold links and the payload of a mission, too', async () => {
    const held = world();
    const other = held.emulator.people.createIssue({ title: 'Other' });
    const fields: IssuePatch = {
      links: [{ type: 'blocked_by', target: refOf(other) }],
      customFields: { spec_kitty_mission: { mission_id: 'm' } },
    };
    expect(await held.connector.createIssue(newIssue(fields))).toMatchObject(fields);
  });
});

const UNKNOWN = 'c0ffee00-1111-4222-8333-444455556666';

describe('updates', () => {
  it('go past one that Linear refuses in the middle of a document', async () => {
    const held = world();
    const ids = held.emulator.people.createIssues(
      Array.from({ length: 30 }, (_, i) => ({ title: `Issue ${i}` })),
    );
    const [first = ''] = ids;
    const items = ids.map((id, i) => item(id, { title: `Edited ${i}` }));
    // An ancestor of itself: it is found out by Linear alone.
    items[7] = item(ids[7] ?? '', { title: 'Edited 7', parent: refOf(ids[7] ?? '') });
    items[8] = item(ids[8] ?? '', { parent: refOf(first) });
    const results = await held.connector.updateIssues(items);
    expect(told(results)).toEqual(
      items.map((_, i) => (i === 7 ? 'connector_request' : i === 8 ? 'Issue 8' : `Edited ${i}`)),
    );
    expect(held.emulator.issues().map(({ title }) => title)).toEqual(
      items.map((_, i) => (i === 7 || i === 8 ? `Issue ${i}` : `Edited ${i}`)),
    );
    // Of the refused document of 20: read back once, and what was not done is sent alone.
    expect(held.emulator.log.counts()['issueUpdate']).toBe(2 + 13);
  });

  it('that say the same go together, and one that is refused does not hold up the others', async () => {
    const held = world();
    const { people } = held.emulator;
    const ids = people.createIssues(Array.from({ length: 5 }, (_, i) => ({ title: `Issue ${i}` })));
    const [parent = ''] = ids;
    const results = await held.connector.updateIssues(ids.map((id) => item(id, { parent: refOf(parent) })));
    expect(results.map(({ ok }) => ok)).toEqual([false, true, true, true, true]);
    expect(ids.map((id) => people.issue(id).parentId)).toEqual([null, parent, parent, parent, parent]);
  });

  it('stop at a lost answer, and say of all behind it that nobody knows', async () => {
    const held = world();
    const ids = held.emulator.people.createIssues(
      Array.from({ length: 60 }, (_, i) => ({ title: `Issue ${i}` })),
    );
    const lost = losing(held, (body) => body.includes('Edited 25'));
    const connector = held.open({}, { fetch: lost });
    const results = await connector.updateIssues(ids.map((id, i) => item(id, { title: `Edited ${i}` })));
    expect(results.map(({ ok }) => ok)).toEqual(ids.map((_, i) => i < 20));
    for (const one of results.slice(20))
      expect(!one.ok && one.error).toMatchObject({ failureClass: 'transient' });
    expect(held.emulator.issues()[59]?.title).toBe('Issue 59');
  });

  it('of one issue are done in their order', async () => {
    const held = world();
    const id = held.emulator.people.createIssue({ title: 'A' });
    const results = await held.connector.updateIssues([
      item(id, { title: 'B' }),
      item(id, { title: 'C', customFields: { spec_kitty_mission: { mission_id: 'm' } } }),
      item(id, { title: 'D' }),
    ]);
    expect(told(results)).toEqual(['B', 'C', 'D']);
  });

  it('leave labels alone that somebody else added meanwhile', async () => {
    const held = world();
    const { people } = held.emulator;
    const id = people.createIssue({ title: 'A', labels: ['one', 'two'] });
    const previous = await held.connector.getIssue(refOf(id));
    people.edit(id, { labels: ['one', 'two', 'theirs'] });
    const issue = await held.connector.updateIssue(refOf(id), { labels: ['TWO', 'three'] }, { previous });
    expect(issue.labels.sort()).toEqual(['theirs', 'three', 'two']);
  });

  it('take the label of a name that the issue has, where several have that name', async () => {
    const held = world();
    const { people, workspace, teamId } = held.emulator;
    const twin = { id: workspace.newId(), teamId, name: 'Bug', isGroup: false, createdAt: workspace.now };
    workspace.labels.set(twin.id, twin);
    const id = people.createIssue({ title: 'A' });
    people.issue(id).labelIds = [twin.id];
    const previous = await held.connector.getIssue(refOf(id));
    await held.connector.updateIssue(refOf(id), { labels: ['Bug', 'more'] }, { previous });
    expect(people.issue(id).labelIds).toContain(twin.id);
    const after = await held.connector.getIssue(refOf(id));
    expect(
      (await held.connector.updateIssue(refOf(id), { labels: ['more'] }, { previous: after })).labels,
    ).toEqual(['more']);
  });

  it.each([
    ['several people', { assignees: ['a', 'b'] }, 'assignees'],
    ['somebody whom nobody knows', { assignees: [UNKNOWN] }, 'assignees'],
    ['somebody without an id of Linear', { assignees: ['ada'] }, 'assignees'],
    ['a label that is a group', { labels: ['Area'] }, 'labels'],
    ['a parent elsewhere', { parent: { system: 'jira', workspace: 'x', id: '1' } }, 'parent'],
    ['a custom field', { customFields: { team: 'x' } }, 'customFields.team'],
  ] as const)('refuse %s by name, and write the rest', async (_what, patch, field) => {
    const held = world();
    const { people } = held.emulator;
    people.label('Area', { isGroup: true });
    const id = people.createIssue({ title: 'A' });
    const given = structuredClone(patch) as IssuePatch;
    const error = await rejection(held.connector.updateIssue(refOf(id), { title: 'B', ...given }));
    expect(error).toMatchObject({ code: 'fields_refused', refused: [{ field }], issue: { title: 'B' } });
    const created = await rejection(held.connector.createIssue(newIssue(given)));
    expect(created).toMatchObject({ code: 'capability_not_supported', capability: field });
    expect(held.emulator.issues()).toHaveLength(1);
  });

  it('of an issue that was archived after it was read are not found', async () => {
    const held = world();
    const { people } = held.emulator;
    const id = people.createIssue({ title: 'A' });
    const previous = await held.connector.getIssue(refOf(id));
    people.archive(id);
    const error = await rejection(held.connector.updateIssue(refOf(id), { title: 'B' }, { previous }));
    expect(isTrackerError(error) && error.code).toBe('issue_not_found');
  });

  it('that have nothing to write of an issue that was archived since are not found either', async () => {
    const held = world();
    const { people } = held.emulator;
    const id = people.createIssue({ title: 'A' });
    const previous = await held.connector.getIssue(refOf(id));
    people.archive(id);
    expect(
      await rejection(held.connector.updateIssue(refOf(id), { title: 'A' }, { previous })),
    ).toMatchObject({
      code: 'issue_not_found',
    });
  });

  it('take people who are not in the team, and look them up at once', async () => {
    const held = world();
    const { people, workspace, teamId, memberIds } = held.emulator;
    const team = workspace.teams.get(teamId);
    if (team) team.memberIds = [];
    const ids = people.createIssues(Array.from({ length: 3 }, (_, i) => ({ title: `Issue ${i}` })));
    const results = await held.connector.updateIssues(
      ids.map((id, i) => item(id, { assignees: [memberIds[i] ?? ''] })),
    );
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(held.emulator.log.counts()['users']).toBe(1);
  });
});

describe('a link', () => {
  it('under a key is made once, also where its answer was lost', async () => {
    const held = world();
    const [a = '', b = ''] = held.emulator.people.createIssues([{ title: 'A' }, { title: 'B' }]);
    const lost = losing(held, (body) => body.includes('issueRelationCreate'));
    const connector = held.open({}, { fetch: lost });
    const link = { type: 'blocks', target: refOf(b) } as const;
    const options = { idempotencyKey: 'key' };
    await rejection(connector.upsertLink(refOf(a), link, options));
    await connector.upsertLink(refOf(a), link, options);
    expect(held.emulator.workspace.relations.size).toBe(1);
  });

  it('to what is not there is refused, and says so of the target', async () => {
    const held = world();
    const id = held.emulator.people.createIssue({ title: 'A' });
    const link = { type: 'blocks', target: refOf(UNKNOWN) } as const;
    expect(await rejection(held.connector.upsertLink(refOf(id), link))).toMatchObject({
      code: 'connector_request',
      failureClass: 'validation',
    });
    expect(await rejection(held.connector.upsertLink(refOf(UNKNOWN), link))).toMatchObject({
      code: 'capability_not_supported',
      capability: 'links',
    });
  });

  it('that makes an issue a duplicate makes it one, until it is removed', async () => {
    const held = world();
    const [a = '', b = ''] = held.emulator.people.createIssues([{ title: 'A' }, { title: 'B' }]);
    const link = { type: 'duplicates', target: refOf(b) } as const;
    await held.connector.upsertLink(refOf(a), link);
    expect(await held.connector.getIssue(refOf(a))).toMatchObject({ status: 'canceled', links: [link] });
    expect((await held.connector.getIssue(refOf(b))).links).toEqual([]);
    await held.connector.removeLink(refOf(a), link);
    expect(await held.connector.getIssue(refOf(a))).toMatchObject({ status: 'todo', links: [] });
  });
});
