import type { ExternalRef, IssuePatch } from '@spec-kitty/tracker-core';
import { expect, test } from 'vitest';
import type { RedmineConnector } from '../src/index.ts';

/** A project that nobody else uses, at a server that is real or stands in for one. */
export interface FactsWorld extends AsyncDisposable {
  connector: RedmineConnector;
  /** The same connector with another key. */
  withKey(apiKey: string): RedmineConnector;
  /** As a person. */
  create(fields: IssuePatch & { title: string }): Promise<number>;
  note(id: number, text: string): Promise<void>;
  privateNote(id: number, text: string): Promise<void>;
  /** Into another project. */
  move(id: number): Promise<void>;
}

/** What Redmine does that the connector is written around: tested of the real one, and of what stands in for it. */
export function redmineFacts(open: () => Promise<FactsWorld>, timeout: number): void {
  const fact = (
    name: string,
    run: (world: FactsWorld, refOf: (id: number) => ExternalRef) => Promise<void>,
  ): void => {
    test(name, { timeout }, async () => {
      await using world = await open();
      const { name: system, workspace } = world.connector;
      await run(world, (id) => ({ system, workspace, id: String(id) }));
    });
  };

  fact('a status that the workflow forbids is told, and the rest is written', async (world, refOf) => {
    const ref = refOf(await world.create({ title: 'Closed', status: 'done' }));
    const writing = world.connector.updateIssue(ref, { title: 'Renamed', status: 'canceled' });
    await expect(writing).rejects.toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'status' }],
      issue: { title: 'Renamed', status: 'done' },
    });
  });

  fact('an issue that waits for another one is not closed, and that is told', async (world, refOf) => {
    const { connector } = world;
    const blocked = refOf(await world.create({ title: 'Blocked' }));
    const blocking = refOf(await world.create({ title: 'Blocking' }));
    await connector.upsertLink(blocked, { type: 'blocked_by', target: blocking });
    await expect(connector.updateIssue(blocked, { title: 'Renamed', status: 'done' })).rejects.toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'status' }],
      issue: { title: 'Renamed', status: 'todo' },
    });
    await connector.transitionIssue(blocking, 'done');
    expect(await connector.transitionIssue(blocked, 'done')).toMatchObject({ status: 'done' });
  });

  fact('an issue with an open subtask is not closed, and that is told', async (world, refOf) => {
    const parent = refOf(await world.create({ title: 'Parent' }));
    await world.create({ title: 'Child', parent });
    await expect(world.connector.transitionIssue(parent, 'done')).rejects.toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'status' }],
    });
  });

  fact('the priority of an issue with subtasks is theirs, and that is told', async (world, refOf) => {
    const parent = refOf(await world.create({ title: 'Parent' }));
    await world.create({ title: 'Child', parent, priority: 1 });
    await expect(world.connector.updateIssue(parent, { priority: 4 })).rejects.toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'priority' }],
      issue: { priority: 1 },
    });
  });

  fact('an open issue does not come under a closed one, and that is told', async (world, refOf) => {
    const parent = refOf(await world.create({ title: 'Closed', status: 'done' }));
    const child = refOf(await world.create({ title: 'Open' }));
    await expect(world.connector.updateIssue(child, { parent })).rejects.toMatchObject({
      code: 'capability_not_supported',
      capability: 'parent',
    });
  });

  fact('who is no member is not assigned, and nothing of that request is done', async (world, refOf) => {
    const ref = refOf(await world.create({ title: 'As it was' }));
    const writing = world.connector.updateIssue(ref, { title: 'Renamed', assignees: ['987654'] });
    await expect(writing).rejects.toMatchObject({
      code: 'capability_not_supported',
      capability: 'assignees',
    });
    expect(await world.connector.getIssue(ref)).toMatchObject({ title: 'As it was', assignees: [] });
  });

  fact(
    'two issues have one relation, told from both ends, and a duplicate beside it',
    async (world, refOf) => {
      const { connector } = world;
      const a = refOf(await world.create({ title: 'A' }));
      const b = refOf(await world.create({ title: 'B' }));
      await connector.upsertLink(a, { type: 'blocks', target: b });
      await connector.upsertLink(b, { type: 'blocked_by', target: a });
      await expect(connector.upsertLink(a, { type: 'relates_to', target: b })).rejects.toMatchObject({
        code: 'capability_not_supported',
        capability: 'links',
        message: expect.stringContaining('beside blocks'),
      });
      await connector.upsertLink(b, { type: 'duplicates', target: a });
      const linksOf = async (ref: ExternalRef): Promise<string[]> =>
        (await connector.getIssue(ref)).links.map(({ type }) => type);
      expect([await linksOf(a), await linksOf(b)]).toEqual([['blocks'], ['blocked_by', 'duplicates']]);
      await connector.removeLink(b, { type: 'blocked_by', target: a });
      expect([await linksOf(a), await linksOf(b)]).toEqual([[], ['duplicates']]);
    },
  );

  fact('a relation makes neither of both issues a changed one', async (world, refOf) => {
    const a = refOf(await world.create({ title: 'A' }));
    const b = refOf(await world.create({ title: 'B' }));
    const before = await world.connector.getIssues([a, b]);
    await world.connector.upsertLink(a, { type: 'relates_to', target: b });
    const after = await world.connector.getIssues([a, b]);
    expect(after.map((issue) => issue?.updatedAt)).toEqual(before.map((issue) => issue?.updatedAt));
  });

  fact('an issue with subtasks is not deleted: Redmine would delete them as well', async (world, refOf) => {
    const parent = refOf(await world.create({ title: 'Parent' }));
    const child = refOf(await world.create({ title: 'Child', parent }));
    await expect(world.connector.deleteIssue(parent)).rejects.toMatchObject({ capability: 'supportsDelete' });
    await world.connector.removeLink(parent, { type: 'parent_of', target: child });
    await world.connector.deleteIssue(parent);
    const { items } = await world.connector.listIssues({ limit: 10 });
    expect(items).toMatchObject([{ title: 'Child', parent: null }]);
  });

  fact('private notes are no comments, and others are not ours', async (world, refOf) => {
    const id = await world.create({ title: 'An issue' });
    await world.connector.addComment(refOf(id), 'Of ours');
    await world.note(id, 'Of theirs');
    await world.privateNote(id, 'For some');
    const comments = await world.connector.listComments(refOf(id));
    expect(comments.map(({ body, ours }) => [body, ours])).toEqual([
      ['Of ours', true],
      ['Of theirs', false],
    ]);
  });

  fact(
    'an issue in another project keeps its ref, and is in no listing of this one',
    async (world, refOf) => {
      const id = await world.create({ title: 'Moved', status: 'in_progress' });
      await world.move(id);
      expect(await world.connector.getIssue(refOf(id))).toMatchObject({
        title: 'Moved',
        status: 'in_progress',
      });
      expect((await world.connector.listIssues({ limit: 5 })).items).toEqual([]);
      const byKey = await world.connector.listIssues({ limit: 5, filters: { queryKey: `#${id}` } });
      expect(byKey.items).toEqual([]);
    },
  );

  fact('a key that is not known is an error, though the project is public', async (world) => {
    await world.create({ title: 'Public' });
    await expect(world.withKey('revoked').listIssues({ limit: 5 })).rejects.toMatchObject({
      code: 'connector_request',
      failureClass: 'authentication',
    });
  });
}
