import { appendFile } from 'node:fs/promises';
import type { JsonObject } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { BeadsConnector } from '../src/index.ts';
import { MAX_LINE_BYTES } from '../src/lines.ts';
import { exportOf, listAll, refOf, rejection, row, rowsOf } from './fixtures.ts';

const kinds = async (file: string): Promise<string[]> => (await rowsOf(file)).map(({ kind }) => kind);

describe('every line', () => {
  it.each<[string, JsonObject | string | Uint8Array, string]>([
    ['an issue', row('bd-1'), 'issue'],
    ['an issue of its own word', { _type: 'issue', ...row('bd-1') }, 'issue'],
    ['a tombstone', row('bd-1', { status: 'tombstone' }), 'tombstone'],
    ['a header', { _schema: 'beads', version: 1 }, 'header'],
    ['another type', { _type: 'memory', key: 'x' }, 'header'],
    ['a blank one', '  ', 'blank'],
    ['text', 'hello', 'failure'],
    ['a list', '[1]', 'failure'],
    ['the begin of a conflict', '<<<<<<< HEAD', 'failure'],
    ['the base of a conflict', '||||||| merged common ancestors', 'failure'],
    ['the middle of a conflict', '=======', 'failure'],
    ['the end of a conflict', '>>>>>>> branch', 'failure'],
    ['half a row', JSON.stringify(row('bd-1')).slice(0, 40), 'failure'],
    ['invalid UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 'failure'],
    ['no id', { title: 'x' }, 'failure'],
    ['a blank id', row(' '), 'failure'],
    ['a blank title', row('bd-1', { title: ' ' }), 'failure'],
    ['a number as a title', row('bd-1', { title: 7 }), 'failure'],
    ['an object as a status', row('bd-1', { status: {} }), 'failure'],
    ['text as a priority', row('bd-1', { priority: '2' }), 'failure'],
    ['a priority that is none', row('bd-1', { priority: 9 }), 'failure'],
    ['text as labels', row('bd-1', { labels: 'a,b' }), 'failure'],
    ['a number among labels', row('bd-1', { labels: ['a', 1] }), 'failure'],
    ['text as dependencies', row('bd-1', { dependencies: ['bd-2'] }), 'failure'],
    ['a time that is none', row('bd-1', { updated_at: 'yesterday' }), 'failure'],
    ['a time without an offset', row('bd-1', { created_at: '2026-01-01T00:00:00' }), 'failure'],
    ['a number that JSON cannot keep', '{"id":"bd-1","title":"x","metadata":1e999}', 'failure'],
  ])('is accounted for, and the others are used: %s', async (_name, line, kind) => {
    await using folder = await exportOf([row('bd-before'), line, row('bd-after')]);
    expect(await kinds(folder.file)).toEqual(['issue', kind, 'issue']);
    const connector = new BeadsConnector({ exportFile: folder.file });
    const { items, gone, failures } = await listAll(connector, 1);
    expect(items.length).toBe(kind === 'issue' ? 3 : 2);
    expect(gone.length).toBe(kind === 'tombstone' ? 1 : 0);
    expect(failures.map(({ location }) => location)).toEqual(kind === 'failure' ? ['line 2'] : []);
    const { lines, ...counts } = connector.lastReadSummary() ?? { lines: 0, unreadable: 0 };
    const sum = Object.values({ ...counts, unreadable: 0 }).reduce((a, b) => a + b, 0);
    expect([lines, sum]).toEqual([3, 3]);
  });

  it.each([
    ['whole', '', 'issue', undefined],
    ['cut off', undefined, 'failure', 'cut off: not a whole JSON object'],
  ])('at the end without a line end is used when it is whole: %s', async (_name, whole, kind, message) => {
    const last = JSON.stringify(row('bd-2'));
    await using folder = await exportOf([row('bd-1'), whole === undefined ? last.slice(0, -5) : last], '');
    expect((await rowsOf(folder.file)).at(-1)).toMatchObject({
      line: 2,
      kind,
      ...(message ? { message } : {}),
    });
  });

  it('may end with a carriage return, and begin with a byte order mark', async () => {
    await using folder = await exportOf([
      `\uFEFF${JSON.stringify(row('bd-1'))}\r`,
      `${JSON.stringify(row('bd-2'))}\r`,
    ]);
    expect(await kinds(folder.file)).toEqual(['issue', 'issue']);
  });

  it('may be long, but not longer than memory is given to it', async () => {
    const long = JSON.stringify(row('bd-2', { description: 'x'.repeat(1_000_000) }));
    await using folder = await exportOf([
      row('bd-1'),
      long,
      `{"id":"${'x'.repeat(MAX_LINE_BYTES)}"}`,
      row('bd-4'),
    ]);
    expect((await rowsOf(folder.file)).map((each) => [each.line, each.kind])).toEqual([
      [1, 'issue'],
      [2, 'issue'],
      [3, 'failure'],
      [4, 'issue'],
    ]);
  });

  it('is not there in an empty file', async () => {
    await using folder = await exportOf([], '');
    expect(await rowsOf(folder.file)).toEqual([]);
    expect(await new BeadsConnector({ exportFile: folder.file }).listIssues({ limit: 5 })).toEqual({
      items: [],
    });
  });
});

describe('several lines about one issue', () => {
  const at = (updated_at: string, fields: JsonObject = {}): JsonObject =>
    row('bd-1', { updated_at, ...fields });
  const dead = { status: 'tombstone' };

  it.each<[string, JsonObject[], string[]]>([
    ['the same twice', [at('2026-01-01T00:00:00Z'), at('2026-01-01T00:00:00Z')], ['repeat', 'issue']],
    [
      'the same in another order of keys',
      [at('2026-01-01T00:00:00Z'), Object.fromEntries(Object.entries(at('2026-01-01T00:00:00Z')).reverse())],
      ['repeat', 'issue'],
    ],
    ['the newer later', [at('2026-01-01T00:00:00Z'), at('2026-01-02T00:00:00Z')], ['failure', 'issue']],
    ['the newer first', [at('2026-01-02T00:00:00Z'), at('2026-01-01T00:00:00Z')], ['issue', 'failure']],
    [
      'the newer by offset',
      [at('2026-01-01T00:00:00-08:00'), at('2026-01-01T07:00:00Z')],
      ['issue', 'failure'],
    ],
    [
      'the newer by nanoseconds',
      [at('2026-01-01T00:00:00.123456789Z'), at('2026-01-01T00:00:00.123456788Z')],
      ['issue', 'failure'],
    ],
    [
      'a shorter fraction',
      [at('2026-01-01T00:00:00.1235Z'), at('2026-01-01T00:00:00.12349Z')],
      ['issue', 'failure'],
    ],
    [
      'other content at the same time',
      [at('2026-01-01T00:00:00Z', { title: 'a' }), at('2026-01-01T00:00:00Z', { title: 'b' })],
      ['failure', 'issue'],
    ],
    [
      'deleted since',
      [at('2026-01-01T00:00:00Z'), at('2026-01-02T00:00:00Z', dead)],
      ['failure', 'tombstone'],
    ],
    [
      'deleted at the same time',
      [at('2026-01-01T00:00:00Z', dead), at('2026-01-01T00:00:00Z')],
      ['tombstone', 'failure'],
    ],
    [
      'made again since',
      [at('2026-01-01T00:00:00Z', dead), at('2026-01-02T00:00:00Z')],
      ['failure', 'issue'],
    ],
    [
      'three, two of them the same',
      [at('2026-01-02T00:00:00Z'), at('2026-01-01T00:00:00Z'), at('2026-01-02T00:00:00Z')],
      ['repeat', 'failure', 'issue'],
    ],
    [
      'a newer one that cannot be read',
      [at('2026-01-01T00:00:00Z'), at('2026-01-02T00:00:00Z', { priority: 'high' })],
      ['issue', 'failure'],
    ],
  ])('are settled by the newest: %s', async (_name, lines, expected) => {
    await using folder = await exportOf(lines);
    expect(await kinds(folder.file)).toEqual(expected);
    const connector = new BeadsConnector({ exportFile: folder.file });
    const { items, gone } = await listAll(connector, 1);
    expect([items.length, gone.length]).toEqual(expected.includes('issue') ? [1, 0] : [0, 1]);
    const [used] = items;
    if (used) expect(await connector.getIssue(refOf('bd-1'))).toEqual(used);
  });

  it('name the line that is used', async () => {
    await using folder = await exportOf([at('2026-01-02T00:00:00Z'), at('2026-01-01T00:00:00Z')]);
    const connector = new BeadsConnector({ exportFile: folder.file });
    expect((await listAll(connector)).failures).toEqual([
      { location: 'line 2', message: 'another version of bd-1: line 1 is newer and used' },
    ]);
    expect(connector.lastReadSummary()).toMatchObject({ lines: 2, issues: 1, failures: 1, unreadable: 0 });
  });

  it('of both sides of a merge conflict are read, the markers are not', async () => {
    await using folder = await exportOf([
      '<<<<<<< HEAD',
      at('2026-01-01T00:00:00Z', { title: 'ours' }),
      '=======',
      at('2026-01-02T00:00:00Z', { title: 'theirs' }),
      '>>>>>>> branch',
    ]);
    const { items, failures } = await listAll(new BeadsConnector({ exportFile: folder.file }));
    expect(items.map((issue) => issue.title)).toEqual(['theirs']);
    expect(failures.map(({ location }) => location)).toEqual(['line 1', 'line 2', 'line 3', 'line 5']);
  });
});

describe('a missing issue', () => {
  it('is not found where every line can be read', async () => {
    await using folder = await exportOf([row('bd-1'), row('bd-2', { status: 'tombstone' })]);
    const connector = new BeadsConnector({ exportFile: folder.file });
    for (const id of ['bd-2', 'bd-3']) {
      expect(await rejection(connector.getIssue(refOf(id)))).toMatchObject({ code: 'issue_not_found' });
    }
    const [missing, found] = await connector.getIssues([refOf('bd-3'), refOf('bd-1')]);
    expect([missing, found?.title]).toEqual([undefined, 'Title of bd-1']);
  });

  it('may be in a line that cannot be read, and is then no deletion', async () => {
    await using folder = await exportOf([row('bd-1'), '{"id":"bd-2"']);
    const connector = new BeadsConnector({ exportFile: folder.file });
    const undecided = { code: 'tracker_contract', kind: 'export', reason: 'unreadable' };
    expect(await rejection(connector.getIssue(refOf('bd-2')))).toMatchObject(undecided);
    expect(await rejection(connector.getIssues([refOf('bd-2')]))).toMatchObject(undecided);
    expect((await connector.getIssue(refOf('bd-1'))).title).toBe('Title of bd-1');
    await appendFile(folder.file, `\n${JSON.stringify(row('bd-2'))}\n`);
    expect((await connector.getIssue(refOf('bd-2'))).title).toBe('Title of bd-2');
  });
});
