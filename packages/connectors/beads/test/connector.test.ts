import { appendFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CanonicalIssue, IssueFilters } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { type BeadsConfigInput, BeadsConnector } from '../src/index.ts';
import { exportOf, listAll, refOf, rejection, row } from './fixtures.ts';

describe('listings', () => {
  const rows = ['a', 'b', 'c', 'd', 'e'].map((id) => row(id));

  it.each([1, 2, 4, 5, 6])('show the whole file in pages of %i', async (limit) => {
    await using folder = await exportOf([
      ...rows.slice(0, 2),
      row('gone', { status: 'tombstone' }),
      ...rows.slice(2),
    ]);
    const all = await listAll(new BeadsConnector({ exportFile: folder.file }), limit);
    expect(all.items.map((issue) => issue.ref.id)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(all.gone).toEqual([{ ...refOf('gone'), key: 'gone' }]);
  });

  it('show everything whatever the time, since labels change without one', async () => {
    await using folder = await exportOf(rows);
    const connector = new BeadsConnector({ exportFile: folder.file });
    const page = await connector.listIssues({ limit: 10, updatedSince: '2099-01-01T00:00:00.000Z' });
    expect(page.items).toHaveLength(5);
  });

  it('read the file again when it changed', async () => {
    await using folder = await exportOf(rows);
    const connector = new BeadsConnector({ exportFile: folder.file });
    expect((await listAll(connector)).items).toHaveLength(5);
    await appendFile(folder.file, `${JSON.stringify(row('f'))}\n`);
    expect((await listAll(connector)).items).toHaveLength(6);
    expect((await connector.getIssue(refOf('f'))).title).toBe('Title of f');
  });

  it.each<[IssueFilters, string[]]>([
    [{ status: ['done'] }, ['a']],
    [{ assignee: 'ada' }, ['a', 'b']],
    [{ labels: ['x', 'y'] }, ['b']],
    [{ queryText: 'PARSER' }, ['c']],
    [{ queryKey: 'b', status: ['done'] }, ['b']],
    [{ queryKey: 'none' }, []],
  ])('meet the filters %j', async (filters, ids) => {
    await using folder = await exportOf([
      row('a', { status: 'closed', assignee: 'ada', labels: ['x'] }),
      row('b', { assignee: 'ada', labels: ['x', 'y'] }),
      row('c', { description: 'the parser' }),
    ]);
    const page = await new BeadsConnector({ exportFile: folder.file }).listIssues({ limit: 10, filters });
    expect(page.items.map((issue) => issue.ref.id)).toEqual(ids);
  });

  it('refuse a filter that is not known, and a limit that is none', async () => {
    await using folder = await exportOf(rows);
    const connector = new BeadsConnector({ exportFile: folder.file });
    expect(await rejection(connector.listIssues({ limit: 1, filters: { epic: 'x' } }))).toMatchObject({
      code: 'capability_not_supported',
      capability: 'filters.epic',
    });
    expect(await rejection(connector.listIssues({ limit: 0 }))).toBeInstanceOf(TypeError);
  });

  it('tell a tombstone that is asked for by key', async () => {
    await using folder = await exportOf([row('a', { status: 'tombstone' })]);
    const page = await new BeadsConnector({ exportFile: folder.file }).listIssues({
      limit: 1,
      filters: { queryKey: 'a' },
    });
    expect(page).toEqual({ items: [], gone: [{ ...refOf('a'), key: 'a' }] });
  });

  it('stop when the signal is aborted', async () => {
    await using folder = await exportOf(rows);
    const connector = new BeadsConnector({ exportFile: folder.file });
    const call = connector.listIssues({ limit: 1, signal: AbortSignal.abort() });
    expect(await rejection(call)).toMatchObject({ name: 'AbortError' });
  });
});

describe('cursors', () => {
  const encode = (value: unknown): string => `b1.${Buffer.from(JSON.stringify(value)).toString('base64url')}`;

  it.each([
    ['text', 'next', 'malformed'],
    ['an empty one', '', 'malformed'],
    ['no JSON', 'b1.***', 'malformed'],
    ['a fraction', encode(['f', 'l', 1.5, 1]), 'malformed'],
    ['a negative one', encode(['f', 'l', -1, 1]), 'negative'],
    ['another listing', encode(['f', 'l', 0, 1]), 'filters'],
  ])('are refused: %s', async (_name, cursor, reason) => {
    await using folder = await exportOf([row('a')]);
    const call = new BeadsConnector({ exportFile: folder.file }).listIssues({ limit: 1, cursor });
    expect(await rejection(call)).toMatchObject({ code: 'tracker_contract', kind: 'cursor', reason });
  });

  it('are refused in the middle of a line, under other filters, and after a change', async () => {
    await using folder = await exportOf([row('a'), row('b'), row('c')]);
    const connector = new BeadsConnector({ exportFile: folder.file });
    const { nextCursor: cursor = '' } = await connector.listIssues({ limit: 1 });
    const [fingerprint, listing, offset, line] = JSON.parse(
      Buffer.from(cursor.slice(3), 'base64url').toString(),
    );
    for (const place of [offset + 1, 1_000_000]) {
      const moved = encode([fingerprint, listing, place, line]);
      expect(await rejection(connector.listIssues({ limit: 1, cursor: moved }))).toMatchObject({
        reason: 'position',
      });
    }
    const otherFilters = connector.listIssues({ limit: 1, cursor, filters: { labels: ['x'] } });
    expect(await rejection(otherFilters)).toMatchObject({ kind: 'cursor', reason: 'filters' });
    await utimes(folder.file, new Date(0), new Date(0));
    expect(await rejection(connector.listIssues({ limit: 1, cursor }))).toMatchObject({ reason: 'changed' });
  });
});

describe('the connector', () => {
  it('writes nothing', async () => {
    await using folder = await exportOf([row('a')]);
    const connector = new BeadsConnector({ exportFile: folder.file });
    const issue: CanonicalIssue = await connector.getIssue(refOf('a'));
    for (const call of [
      connector.createIssue(issue),
      connector.updateIssue(issue.ref, { title: 'x' }),
      connector.transitionIssue(issue.ref, 'done'),
      connector.upsertLink(issue.ref, { type: 'blocks', target: issue.ref }),
      connector.addComment(issue.ref, 'x'),
    ]) {
      expect(await rejection(call)).toMatchObject({
        code: 'capability_not_supported',
        capability: 'supportsWrite',
      });
    }
    expect(await connector.getCapabilities()).toMatchObject({ supportsWrite: false, ordering: 'none' });
  });

  it('keeps to its workspace', async () => {
    await using folder = await exportOf([row('a')]);
    const connector = new BeadsConnector({ exportFile: folder.file, workspace: 'mine' });
    expect([connector.name, connector.workspace, connector.scope]).toEqual(['beads', 'mine', undefined]);
    expect(await rejection(connector.getIssue(refOf('a')))).toMatchObject({ code: 'scope_violation' });
    expect((await connector.getIssue({ ...refOf('a'), workspace: 'mine' })).ref.workspace).toBe('mine');
  });

  it('says when its file cannot be used', async () => {
    await using folder = await exportOf([]);
    for (const exportFile of [join(folder.path, 'none.jsonl'), folder.path]) {
      const error = await rejection(new BeadsConnector({ exportFile }).listIssues({ limit: 1 }));
      expect(error).toMatchObject({ code: 'connector_config', fieldPath: 'exportFile' });
    }
    const late = join(folder.path, 'late.jsonl');
    const connector = new BeadsConnector({ exportFile: late });
    await writeFile(late, JSON.stringify(row('a')));
    expect((await connector.listIssues({ limit: 1 })).items).toHaveLength(1);
  });

  it.each<[object, string, RegExp]>([
    [{ exportFile: 'x', command: 'bd' }, 'command', /leave out either exportFile or command/],
    [{ exportFile: 'x', cwd: '.' }, 'cwd', /leave out either exportFile or cwd/],
    [{ exportFile: 'x', hostOwns: [] }, 'hostOwns', /leave out either exportFile or hostOwns/],
    [{ exportFile: 'x', scope: { actor: 'ada' } }, 'scope', /leave out either exportFile or scope/],
    [{ hostOwns: ['title'] }, 'hostOwns[0]', /assignees/],
    [{ command: ' ' }, 'command', /./],
    [{ scope: { actor: 'ada' } }, 'scope', /needs a runner/],
    [{ scope: { who: 'ada' } }, 'scope.who', /./],
    [{ exportFile: 'x', exportfile: 'y' }, 'exportfile', /exportfile/],
    [{ exportFile: 'x', workspace: ' ' }, 'workspace', /not blank/],
  ])('refuses the configuration %j', (config, fieldPath, message) => {
    expect(() => new BeadsConnector(config as BeadsConfigInput)).toThrow(
      expect.objectContaining({
        code: 'connector_config',
        fieldPath,
        message: expect.stringMatching(message),
      }),
    );
  });
});
