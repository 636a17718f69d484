import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalIssue } from '@spec-kitty/tracker-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inspectSqliteStore } from '../src/inspect-sqlite-store.ts';
import { openSqliteStore } from '../src/open-sqlite-store.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inspect-'));
  path = join(folder, 's.sqlite');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (time: string): { now: () => string } => ({ now: () => time });

it('tells a lease that is held from one that was not given back, and writes nothing', async () => {
  const clock = at('2026-01-01T00:00:00Z');
  {
    await using store = openSqliteStore(path, { clock });
    await store.backend.acquireLease('a:b:c', 'me', 60_000);
    const { fence } = await store.backend.acquireLease('a:b:d', 'me', 60_000);
    await store.backend.releaseLease('a:b:d', fence);
  }
  const before = await readFile(path);
  const lease = { bindingId: 'a:b:c', until: '2026-01-01T00:01:00.000Z' };
  expect(inspectSqliteStore(path, { clock })).toEqual({ damages: [], leases: [{ ...lease, held: true }] });
  expect(inspectSqliteStore(path, { clock: at('2026-01-01T00:01:00Z') }).leases).toEqual([
    { ...lease, held: false },
  ]);
  expect((await readFile(path)).equals(before)).toBe(true);
});

it('says what is damaged', async () => {
  {
    await using store = openSqliteStore(path);
    const place = { system: 'memory', workspace: 'shop' };
    for (let count = 0; count < 40; count += 1)
      await store.createDraft(place, {
        ...canonicalIssue({ title: `Issue ${count}`, ref: { ...place, id: '1' } }),
        body: 'x'.repeat(2000),
      });
  }
  const size = (await readFile(path)).length;
  const handle = await open(path, 'r+');
  // Pages of 8192 bytes from the second half on, where records lie.
  for (let offset = 8192 * Math.floor(size / 16_384); offset < size; offset += 8192)
    await handle.write(Buffer.alloc(64, 0xff), 0, 64, offset);
  await handle.close();
  expect(inspectSqliteStore(path).damages.length).toBeGreaterThan(0);
});

it.each([
  ['no file', undefined],
  ['another file', 'this is no database, but text that is long enough to be read as one'],
])('refuses %s', async (_name, text) => {
  if (text !== undefined) await writeFile(path, text);
  expect(() => inspectSqliteStore(path)).toThrow(expect.objectContaining({ code: 'connector_config' }));
});
