import { type AdfNode, adfOf, type JiraEmulator } from '@spec-kitty/tooling-emulators';
import type { WriteResult } from '@spec-kitty/tracker-core';
import { describe, expect, it, test } from 'vitest';
import { connectorOf, draft, emulatorOf, personAt, refOf, WORKSPACE } from './fixtures.ts';

const codes = (results: WriteResult[]): string[] => results.map((one) => (one.ok ? 'ok' : one.error.code));

/** Does something of its own with the requests whose path fits, and lets the others through. */
function between(
  emulator: JiraEmulator,
  fits: RegExp,
  answer: (request: Request) => Response | Promise<Response>,
): JiraEmulator {
  return {
    ...emulator,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const place = `${request.method} ${new URL(request.url).pathname}`;
      return fits.test(place) ? answer(request) : emulator.fetch(request);
    },
  };
}

const LIMITED = () => new Response('{"errorMessages":["Rate limit exceeded."]}', { status: 429 });

describe('a status', () => {
  it('is reached by the transition that leads there, or by the one that is called so', async () => {
    const transitions = [
      { id: '1', name: 'Done', to: 'In Review' },
      { id: '2', name: 'Finish', to: 'Done' },
      { id: '3', name: 'Finish again', to: 'Done' },
      { id: '4', name: 'Blocked', to: 'In Progress' },
    ];
    const emulator = emulatorOf({ site: { transitions } });
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    const connector = connectorOf(emulator);
    expect((await connector.transitionIssue(ref, 'done')).status).toBe('done');
    // A name leads where it leads.
    expect((await connector.transitionIssue(ref, 'blocked')).status).toBe('in_progress');
    expect((await connector.listTransitions(ref)).map(({ name, to }) => [name, to.name, to.status])).toEqual([
      ['Done', 'In Review', 'in_review'],
      ['Finish', 'Done', 'done'],
      ['Finish again', 'Done', 'done'],
      ['Blocked', 'In Progress', 'in_progress'],
    ]);
  });

  it('that it has already is no call at all', async () => {
    const emulator = emulatorOf();
    const ref = refOf(personAt(emulator).create({ title: 'one', status: 'done' }));
    const connector = connectorOf(emulator);
    await connector.getIssue(ref);
    const from = emulator.log.all.length;
    await connector.transitionIssue(ref, 'done');
    expect(emulator.log.counts(from)).toEqual({ 'POST /issue/bulkfetch': 1 });
  });

  it('that nothing leads to is refused, with what was asked for and what there is', async () => {
    const emulator = emulatorOf();
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    const connector = connectorOf(emulator, { statusNameMap: { blocked: 'On Hold' } });
    const refused = connector.transitionIssue(ref, 'blocked');
    await expect(refused).rejects.toMatchObject({ capability: 'status' });
    await expect(refused).rejects.toThrow(/blocked.*"On Hold".*Start work -> In Progress.*Close -> Done/);
  });

  it('that is refused leaves the fields written, and says so', async () => {
    const emulator = emulatorOf();
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    await expect(
      connectorOf(emulator).updateIssue(ref, { title: 'written', status: 'canceled' }),
    ).rejects.toMatchObject({
      code: 'fields_refused',
      capability: 'status',
      refused: [{ field: 'status' }],
      issue: { title: 'written', status: 'todo' },
    });
  });

  it('of another name is read and written by that name', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator, { statusNameMap: { blocked: 'In Review' } });
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    expect((await connector.updateIssue(ref, { status: 'blocked' })).status).toBe('blocked');
    const { items } = await connector.listIssues({ limit: 5, filters: { status: ['blocked'] } });
    expect(items.map(({ ref: { id } }) => id)).toEqual([ref.id]);
  });
});

describe('a create', () => {
  it('of many is answered for each, and the others are made', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator);
    const many = Array.from({ length: 60 }, (_, index) => ({
      issue: draft({
        title: `issue ${index}`,
        ...(index === 7 ? { assignees: ['nobody'] } : {}),
        ...(index === 11 ? { labels: ['a b'] } : {}),
        ...(index === 21 ? { parent: { system: 'jira', workspace: WORKSPACE, id: '1' } } : {}),
        ...(index % 20 === 0 ? { status: 'done' as const } : {}),
      }),
      options: { idempotencyKey: `key-${index}` },
    }));
    const results = await connector.createIssues(many);
    const failed = results.flatMap((one, index) =>
      one.ok ? [] : [[index, one.error.code, 'capability' in one.error ? one.error.capability : '']],
    );
    expect(failed).toEqual([
      [7, 'capability_not_supported', 'assignees'],
      [11, 'capability_not_supported', 'labels'],
      [21, 'capability_not_supported', 'parent'],
    ]);
    expect(results[40]).toMatchObject({ ok: true, issue: { title: 'issue 40', status: 'done' } });
    expect(emulator.state.issues.size).toBe(57);
    expect(emulator.log.counts()).toEqual({
      'GET /myself': 1,
      'GET /priority/search': 1,
      'GET /issue/createmeta/{projectIdOrKey}/issuetypes': 1,
      'POST /issue/bulk': 2,
      'POST /issue/bulkfetch': 2,
      'GET /issue/{issueIdOrKey}/transitions': expect.any(Number),
      'POST /issue/{issueIdOrKey}/transitions': 3,
    });
  });

  it('that lacks what the project asks for names it', async () => {
    const customFields = [
      { id: 'customfield_10060', name: 'Team', kind: 'textfield' as const, requiredFor: ['10003'] },
    ];
    const connector = connectorOf(emulatorOf({ site: { customFields } }));
    const create = connector.createIssue(draft({ title: 'one', issueType: 'bug' }));
    await expect(create).rejects.toMatchObject({
      failureClass: 'validation',
      fieldPath: 'customfield_10060',
    });
    await expect(create).rejects.toThrow(/SHOP.*Team \(customfield_10060\)/);
  });

  it.each([
    ['the transition', /POST .*\/transitions$/],
    ['the reading', /POST .*\/bulkfetch$/],
  ])(
    'whose follow-up meets a limit (%s) is unclear, and no limit that a caller may try again',
    async (_name, fits) => {
      const emulator = emulatorOf();
      const connector = connectorOf(between(emulator, fits, LIMITED));
      const create = connector.createIssue(draft({ title: 'one', status: 'done' }), {
        idempotencyKey: 'key-1',
      });
      await expect(create).rejects.toMatchObject({ failureClass: 'transient' });
      expect(emulator.state.issues.size).toBe(1);
    },
  );

  it('whose answer nobody can read is unclear', async () => {
    const emulator = emulatorOf();
    const garbled = between(emulator, /POST .*\/issue\/bulk$/, async (request) => {
      await emulator.fetch(request);
      return new Response('<html>', { status: 200 });
    });
    await expect(connectorOf(garbled).createIssue(draft({ title: 'one' }))).rejects.toMatchObject({
      failureClass: 'transient',
    });
  });

  it('that may have no label says that it needs one to be found by', async () => {
    const errors = {
      labels: "Field 'labels' cannot be set. It is not on the appropriate screen, or unknown.",
    };
    const refused = { failedElementNumber: 0, status: 400, elementErrors: { errorMessages: [], errors } };
    const without = between(emulatorOf(), /POST .*\/issue\/bulk$/, () =>
      Response.json({ issues: [], errors: [refused] }, { status: 400 }),
    );
    const create = (labels: string[]) => connectorOf(without).createIssue(draft({ title: 'one', labels }));
    await expect(create([])).rejects.toThrow(/marks what it creates with a label/);
    await expect(create(['bug'])).rejects.toMatchObject({ capability: 'labels' });
  });

  it('as what the project has no type for is refused by name', async () => {
    const connector = connectorOf(emulatorOf());
    await expect(connector.createIssue(draft({ title: 'one', issueType: 'chore' }))).rejects.toMatchObject({
      capability: 'issueType',
      message: expect.stringContaining('Sub-task'),
    });
    await expect(connector.createIssue(draft({ title: 'one', issueType: 'subtask' }))).rejects.toMatchObject({
      capability: 'issueType',
      message: expect.stringContaining('parent'),
    });
  });

  it('takes types by their configured names, and subtasks by where they stand', async () => {
    const types = [
      { id: '1', name: 'Aufgabe', level: 0 },
      { id: '2', name: 'Pflege', level: 0 },
      { id: '3', name: 'Unteraufgabe', level: -1 },
      { id: '4', name: 'Epos', level: 1 },
    ];
    const emulator = emulatorOf({ site: { types } });
    const connector = connectorOf(emulator, {
      defaultIssueType: 'aufgabe',
      issueTypeNames: { chore: 'Pflege' },
    });
    const epic = await connector.createIssue(draft({ title: 'epic', issueType: 'epic' }));
    const chore = await connector.createIssue(
      draft({ title: 'chore', issueType: 'chore', parent: epic.ref, priority: 0 }),
    );
    const sub = await connector.createIssue(draft({ title: 'sub', issueType: 'subtask', parent: chore.ref }));
    expect([epic, chore, sub].map(({ issueType, parent }) => [issueType, parent?.id ?? null])).toEqual([
      ['epic', null],
      ['chore', epic.ref.id],
      ['subtask', chore.ref.id],
    ]);
  });
});

describe('priorities of other names', () => {
  it('are known by their place', async () => {
    const emulator = emulatorOf({ site: { priorities: ['Blocker', 'Critical', 'Major', 'Minor'] } });
    const connector = connectorOf(emulator);
    const created = await connector.createIssue(draft({ title: 'one', priority: 3 }));
    expect([created.priority, emulator.state.issue(created.ref.id).priority]).toEqual([3, '4']);
    await expect(connector.updateIssue(created.ref, { priority: 4 })).rejects.toMatchObject({
      capability: 'priority',
    });
  });
});

describe('an edit', () => {
  it('of which Jira refuses a field writes the others, and tells by field', async () => {
    const emulator = emulatorOf();
    const ref = refOf(personAt(emulator).create({ title: 'one' }));
    const write = connectorOf(emulator).updateIssue(ref, {
      title: 'written',
      body: 'text',
      assignees: ['nobody'],
      priority: null,
    });
    await expect(write).rejects.toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'priority' }, { field: 'assignees' }],
      issue: { title: 'written', body: 'text', assignees: [], priority: 2 },
    });
  });

  it('leaves what people add, take away or assign meanwhile', async () => {
    const emulator = emulatorOf();
    const [ada = '', grace = ''] = emulator.people;
    const person = personAt(emulator);
    const ref = refOf(person.create({ title: 'one', labels: ['bug', 'later'], assignees: [ada] }));
    const connector = connectorOf(emulator);
    const previous = await connector.getIssue(ref);
    person.edit(ref, { labels: ['later', 'theirs'], assignees: [grace] });
    emulator.time.advance(120_000);
    const patch = { labels: ['bug', 'later', 'ours'], assignees: [] };
    const written = await connector.updateIssue(ref, patch, { previous });
    expect([written.labels.toSorted(), written.assignees]).toEqual([['later', 'ours', 'theirs'], [grace]]);
  });

  it('gives an issue a parent, and takes it away, where the hierarchy has it so', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator);
    const epic = await connector.createIssue(draft({ title: 'epic', issueType: 'epic' }));
    const task = await connector.createIssue(draft({ title: 'task' }));
    const below = await connector.updateIssue(task.ref, { parent: epic.ref });
    const alone = await connector.updateIssue(task.ref, { parent: null });
    expect([below.parent?.id, alone.parent]).toEqual([epic.ref.id, null]);
    await connector.upsertLink(epic.ref, { type: 'parent_of', target: task.ref });
    await connector.removeLink(task.ref, { type: 'child_of', target: epic.ref });
    expect((await connector.getIssue(task.ref)).parent).toBeNull();
    await expect(connector.updateIssue(epic.ref, { title: 'two', parent: task.ref })).rejects.toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'parent' }],
      issue: { title: 'two' },
    });
  });

  it('of the text leaves what Markdown cannot hold, and an untouched text is not sent', async () => {
    const emulator = emulatorOf();
    const media: AdfNode = {
      type: 'mediaSingle',
      attrs: { layout: 'wide' },
      content: [{ type: 'media', attrs: { type: 'file', id: '6e7c', collection: 'jira' } }],
    };
    const issue = personAt(emulator).create({ title: 'one', body: 'Before\n\nAfter' });
    issue.description?.content?.splice(1, 0, media);
    const connector = connectorOf(emulator);
    const { body, ref } = await connector.getIssue(refOf(issue));
    await connector.updateIssue(ref, { body, title: 'two' });
    await connector.updateIssue(ref, { body: (body ?? '').replace('Before', '**Now**') });
    const content = emulator.state.issue(ref.id).description?.content ?? [];
    expect([content.length, content[1], content[2]]).toEqual([3, media, adfOf('After')?.content?.[0]]);
    expect(emulator.log.counts()['PUT /issue/{issueIdOrKey}']).toBe(2);
  });

  it('of the text keeps how it was written, until a person edits it', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator);
    const body = '* star\n\nTitle\n---\ntwo\nlines';
    const created = await connector.createIssue(draft({ title: 'one', body }));
    expect(created.body).toBe(body);
    personAt(emulator).edit(created.ref, { body: 'theirs' });
    expect((await connector.getIssue(created.ref)).body).toBe('theirs');
    const plain = await connector.updateIssue(created.ref, { body: '- star' });
    const respelled = await connector.updateIssue(created.ref, { body: '+ star' });
    const again = await connector.updateIssue(created.ref, { body: '- star' });
    expect([plain.body, respelled.body, again.body]).toEqual(['- star', '+ star', '- star']);
    expect((await connector.updateIssue(created.ref, { body: null })).body).toBeNull();
  });

  it('of an issue that was deleted meanwhile is told as such', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const [one, two] = [person.create({ title: 'one' }), person.create({ title: 'two' })];
    const deleting = between(emulator, new RegExp(`PUT .*/issue/${one.id}$`), (request) => {
      emulator.state.delete(one.id);
      return emulator.fetch(request);
    });
    const results = await connectorOf(deleting).updateIssues(
      [one, two].map((issue) => ({ ref: refOf(issue), patch: { title: 'written' }, options: {} })),
    );
    expect(codes(results)).toEqual(['issue_not_found', 'ok']);
  });
});

test.each([
  ['a line end in a title', { title: 'a\nb' }, 'title'],
  ['a control character in a body', { body: 'a\u0000b' }, 'body'],
  ['a body that is nested too deeply', { body: '> '.repeat(14_000) }, 'body'],
  ['a label with a space', { labels: ['fine', 'two words'] }, 'labels'],
  ['two assignees', { assignees: ['a', 'b'] }, 'assignees'],
  ['another custom field', { customFields: { severity: 1 } }, 'customFields.severity'],
  ['a parent elsewhere', { parent: { system: 'github', workspace: 'a/b', id: '1' } }, 'parent'],
])('%s is refused before anything is sent', async (_name, patch, capability) => {
  const emulator = emulatorOf();
  const ref = refOf(personAt(emulator).create({ title: 'one' }));
  await expect(connectorOf(emulator).updateIssue(ref, { ...patch })).rejects.toMatchObject({
    code: 'capability_not_supported',
    capability,
  });
  expect(emulator.log.all.filter(({ kind }) => kind === 'write')).toEqual([]);
});

test('a label with a space is named', async () => {
  const create = connectorOf(emulatorOf()).createIssue(draft({ title: 'one', labels: ['two words'] }));
  await expect(create).rejects.toThrow(/"two words"/);
});

test('an issue with subtasks is not deleted along with them', async () => {
  const emulator = emulatorOf();
  const connector = connectorOf(emulator);
  const parent = await connector.createIssue(draft({ title: 'parent' }));
  await connector.createIssue(draft({ title: 'sub', issueType: 'subtask', parent: parent.ref }));
  await expect(connector.deleteIssue(parent.ref)).rejects.toMatchObject({ failureClass: 'validation' });
  expect(emulator.state.issues.size).toBe(2);
});
