import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SERVER_URL } from './support.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const BLOCKS = [...README.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);

/** A database of its own, since a block of the page names no schema. */
async function newDatabase(connectionString: string): Promise<string> {
  const name = `readme_${process.pid}_${Date.now().toString(36)}`;
  const admin = new pg.Client({ connectionString });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  onTestFinished(async () => {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  });
  const url = new URL(connectionString);
  url.pathname = `/${name}`;
  return url.href;
}

describe.runIf(SERVER_URL !== undefined)('the blocks of the page run', () => {
  test.for([
    [0, 'Buy milk: done\n'],
    [1, 'acme: 0 issues\nglobex: 0 issues\n'],
  ] as const)('block %i', { timeout: 60_000 }, async ([index, printed]) => {
    // Inside of the package, which the block imports by its name, as it is built.
    const folder = mkdtempSync(join(import.meta.dirname, '../block-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'block.mts');
    writeFileSync(file, BLOCKS[index] ?? '');
    const env = { ...process.env, DATABASE_URL: await newDatabase(SERVER_URL ?? '') };
    expect(execFileSync(process.execPath, [file], { encoding: 'utf8', env })).toBe(printed);
  });
});

test('there is no block that is not run', () => {
  expect(BLOCKS).toHaveLength(2);
});
