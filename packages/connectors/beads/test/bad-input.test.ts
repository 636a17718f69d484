import { readFile } from 'node:fs/promises';
import { InMemoryIssueStore, isTrackerError, OwnershipPolicy, SyncEngine } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { BeadsConnector } from '../src/index.ts';
import { exportOf, refOf, row } from './fixtures.ts';

const SECRET = 'hunter2-planted-secret';

function expectHarmless(message: string): void {
  expect(message).not.toContain(SECRET);
  expect(message.length).toBeLessThan(2000);
}

async function failure(call: () => unknown): Promise<Error & { code: string; fieldPath?: string }> {
  try {
    await call();
  } catch (error) {
    if (isTrackerError(error)) return error;
    throw new Error('it failed without a code', { cause: error });
  }
  throw new Error('it was accepted');
}

const text = (fields: object): string => JSON.stringify({ ...row('bd-1', { notes: SECRET }), ...fields });

describe('a line that cannot be read is a failure that names it, and the rest is read', () => {
  const lines: [string, string | Uint8Array][] = [
    ['half a line', text({}).slice(0, -5)],
    ['a number', '42'],
    ['text', JSON.stringify(SECRET)],
    ['null', 'null'],
    ['a list', JSON.stringify([SECRET])],
    ['two objects', `${text({})}${text({})}`],
    ['single quotes', `{'id':'${SECRET}'}`],
    ['NaN', `{"id":"bd-1","notes":"${SECRET}","priority":NaN}`],
    ['bytes that are no UTF-8', new Uint8Array([...Buffer.from(`{"id":"${SECRET}`), 0xff, 0xfe])],
    ['UTF-16', Buffer.from(text({}), 'utf16le')],
    ['NUL bytes', `\0\0\0${SECRET}`],
    ['nesting of 100,000 levels', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['nested objects of 100,000 levels', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['a side of a merge', `<<<<<<< ${SECRET}`],
    ['no id', text({ id: undefined })],
    ['a number as id', text({ id: 7 })],
    ['an empty id', text({ id: '' })],
    ['an endless id', text({ id: SECRET.repeat(50_000) })],
    ['a tombstone with an endless id', text({ id: SECRET.repeat(1000), status: 'tombstone' })],
    ['no title', text({ title: undefined })],
    ['a blank title', text({ title: '  ' })],
    ['a title of a megabyte', text({ title: SECRET.repeat(50_000) })],
    ['an object as title', text({ title: { secret: SECRET } })],
    ['a priority as text', text({ priority: '2' })],
    ['a number as status', text({ status: 5 })],
    ['a time without zone', text({ updated_at: '2026-01-01T00:00:00' })],
    ['30 February', text({ updated_at: '2026-02-30T00:00:00Z' })],
    ['seconds as a time', text({ created_at: 1_700_000_000 })],
    ['text as labels', text({ labels: SECRET })],
    ['null among labels', text({ labels: [null] })],
    ['text as dependencies', text({ dependencies: SECRET })],
  ];

  it.each(lines)('%s', async (_, line) => {
    await using folder = await exportOf([row('bd-0'), line, row('bd-2')]);
    const before = await readFile(folder.file);
    const store = new InMemoryIssueStore();
    const connector = new BeadsConnector({ exportFile: folder.file });
    const policy = OwnershipPolicy.externalAuthoritative();
    const { failures } = await new SyncEngine({ connector, store, policy }).pull();
    expect(failures.map(({ code, fieldPath }) => [code, fieldPath])).toEqual([['unreadable', 'line 2']]);
    for (const { message } of failures) expectHarmless(message);
    expect((await store.listIssues()).map(({ ref }) => ref.id)).toEqual(['bd-0', 'bd-2']);
    expect((await readFile(folder.file)).equals(before)).toBe(true);
  });

  it(`${lines.length} bad lines were tried`, () => {
    process.stdout.write(`bad input: ${lines.length} lines of an export\n`);
  });
});

describe('keys of prototypes are data', () => {
  it('and reach nothing', async () => {
    const line = text({}).replace(
      '{',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},',
    );
    await using folder = await exportOf([line]);
    const issue = await new BeadsConnector({ exportFile: folder.file }).getIssue(refOf('bd-1'));
    expect(issue.title).toBe('Title of bd-1');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('a configuration that is none', () => {
  const configs: [string, unknown, string][] = [
    ['null', null, ''],
    ['text', SECRET, ''],
    ['an empty file name', { exportFile: '' }, 'exportFile'],
    ['a number as file', { exportFile: 5 }, 'exportFile'],
    ['a command', { exportFile: 'x', command: `rm ${SECRET}` }, 'command'],
    ['an unknown option', { exportFile: 'x', token: SECRET }, 'token'],
    ['a blank workspace', { exportFile: 'x', workspace: ' ' }, 'workspace'],
    ['an endless workspace', { exportFile: 'x', workspace: SECRET.repeat(100) }, 'workspace'],
    ['a number as scope', { exportFile: 'x', scope: 1 }, 'scope'],
  ];
  it.each(configs)('%s', async (_, config, fieldPath) => {
    const error = await failure(() => new BeadsConnector(config as never));
    expect([error.code, error.fieldPath]).toEqual(['connector_config', fieldPath]);
    expectHarmless(error.message);
  });
  it(`${configs.length} bad configurations were tried`, () => {
    process.stdout.write(`bad input: ${configs.length} configurations of beads\n`);
  });
});

describe('a cursor that is none', () => {
  const cursors = [
    '',
    '0',
    '-1',
    'null',
    '[]',
    '{}',
    SECRET,
    '\0',
    'x'.repeat(1_000_000),
    btoa(JSON.stringify([-1, SECRET])),
  ];
  it.each(cursors.map((cursor) => [cursor.slice(0, 20), cursor]))('%j', async (_, cursor) => {
    await using folder = await exportOf([row('bd-1')]);
    const connector = new BeadsConnector({ exportFile: folder.file });
    const error = await failure(() => connector.listIssues({ cursor, limit: 10 }));
    expect([error.code, error.fieldPath]).toEqual(['tracker_contract', 'cursor']);
    expectHarmless(error.message);
  });
  it(`${cursors.length} bad cursors were tried`, () => {
    process.stdout.write(`bad input: ${cursors.length} cursors of beads\n`);
  });
});
