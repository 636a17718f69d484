import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InMemoryConnector } from '../src/index.ts';
import { newIssue, rejection, testClock } from './fixtures.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracker-memory-'));
  file = join(folder, 'tracker.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (sleeps: number[] = []): InMemoryConnector =>
  new InMemoryConnector({ file }, { clock: testClock() }, undefined, {
    sleep: async (ms) => {
      sleeps.push(ms);
    },
  });

describe('a tracker in a file', () => {
  it('is seen by every connector to it, without a restart', async () => {
    const [a, b] = [open(), open()];
    expect((await b.listIssues({ limit: 5 })).items).toEqual([]);
    const made = await a.createIssue(newIssue({ labels: ['x'] }), { idempotencyKey: 'k' });
    expect(await b.getIssue(made.ref)).toEqual(made);
    await b.addComment(made.ref, 'hello');
    await b.updateIssue(made.ref, { title: 'by b' });
    expect(await a.getIssue(made.ref)).toMatchObject({ title: 'by b', version: '2' });
    expect(await a.listComments(made.ref)).toHaveLength(1);
    expect((await a.createIssue(newIssue(), { idempotencyKey: 'k2' })).ref.id).toBe('2');
    expect(await open().createIssue(newIssue({ labels: ['x'] }), { idempotencyKey: 'k' })).toMatchObject({
      ref: made.ref,
    });
  });

  it('is private to its user, and replaced as a whole', async () => {
    const connector = open();
    await connector.createIssue(newIssue());
    const before = await stat(file);
    await connector.createIssue(newIssue());
    const after = await stat(file);
    expect(after.mode & 0o777).toBe(0o600);
    expect(after.ino).not.toBe(before.ino);
    expect(await readdir(folder)).toEqual(['tracker.json']);
  });

  it('is not written by reads, nor by changes of nothing', async () => {
    const connector = open();
    const { ref } = await connector.createIssue(newIssue());
    const before = await stat(file, { bigint: true });
    await connector.listIssues({ limit: 5 });
    await connector.updateIssue(ref, { title: 'A title' });
    expect((await stat(file, { bigint: true })).mtimeNs).toBe(before.mtimeNs);
  });

  it('loses nothing when several connectors write at once', async () => {
    const connectors = Array.from({ length: 4 }, () => new InMemoryConnector({ file }));
    await Promise.all(
      connectors.flatMap((connector, i) =>
        Array.from({ length: 5 }, (_, j) => connector.createIssue(newIssue({ title: `${i}/${j}` }))),
      ),
    );
    const { items } = await open().listIssues({ limit: 100 });
    expect(new Set(items.map((issue) => issue.title)).size).toBe(20);
    expect(await readdir(folder)).toEqual(['tracker.json']);
  });

  it('keeps what a write changed before it was refused', async () => {
    const connector = new InMemoryConnector({ file }, {}, undefined, {
      refuse: (field) => (field === 'status' ? 'no' : undefined),
    });
    const { ref } = await connector
      .createIssue(newIssue({ status: 'todo' }))
      .catch(() => open().createIssue(newIssue()));
    const refused = connector.updateIssue(ref, { title: 'kept', status: 'done' });
    expect(await rejection(refused)).toMatchObject({ code: 'fields_refused' });
    expect((await open().getIssue(ref)).title).toBe('kept');
  });

  it('begins again when the file is gone', async () => {
    const connector = open();
    const { ref } = await connector.createIssue(newIssue());
    await rm(file);
    expect(await rejection(connector.getIssue(ref))).toMatchObject({ code: 'issue_not_found' });
  });

  it.each([
    ['no JSON', '{', { code: 'tracker_contract', kind: 'state' }],
    ['no state', '{"format":1}', { code: 'tracker_contract', kind: 'state', fieldPath: 'system' }],
  ])('is refused when it holds %s, and stays as it is', async (_name, text, expected) => {
    await writeFile(file, text);
    expect(await rejection(open().createIssue(newIssue()))).toMatchObject(expected);
    expect(await readFile(file, 'utf8')).toBe(text);
    expect(await readdir(folder)).toEqual(['tracker.json']);
  });

  it('is refused when it is of another system', async () => {
    await open().createIssue(newIssue());
    const other = new InMemoryConnector({ file, name: 'other' });
    expect(await rejection(other.listIssues({ limit: 1 }))).toMatchObject({
      kind: 'state',
      fieldPath: 'system',
    });
  });

  it('needs its folder', async () => {
    const connector = new InMemoryConnector({ file: join(folder, 'none', 'tracker.json') });
    expect(await rejection(connector.createIssue(newIssue()))).toMatchObject({
      code: 'connector_config',
      fieldPath: 'file',
    });
  });

  it('waits for another writer, and takes over the lock of one that died', async () => {
    await writeFile(`${file}.lock`, '');
    const sleeps: number[] = [];
    const connector = open(sleeps);
    expect(await rejection(connector.createIssue(newIssue()))).toMatchObject({ failureClass: 'transient' });
    expect(sleeps.length).toBeGreaterThan(100);
    await utimes(`${file}.lock`, new Date(0), new Date(0));
    await connector.createIssue(newIssue());
    expect(await readdir(folder)).toEqual(['tracker.json']);
  });
});
