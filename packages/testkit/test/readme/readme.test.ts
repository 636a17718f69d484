import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'readme-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The one block of TypeScript that has this text in it. */
function block(text: string): string {
  const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
  const found = blocks.filter((code) => code.includes(text));
  expect(found, `blocks with ${text}`).toHaveLength(1);
  return found[0] ?? '';
}

interface Ended {
  code: number;
  output: string;
}

/** Runs a block by Node itself, as somebody does who copied it. */
function run(name: string, code: string, ...options: string[]): Promise<Ended> {
  const file = join(directory, `${name}.mts`);
  writeFileSync(file, code);
  const preload = new URL('./load-sources.ts', import.meta.url).href;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', preload, ...options, file],
      { cwd: fileURLToPath(new URL('../..', import.meta.url)), maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error ? 1 : 0, output: `${stdout}${stderr}` }),
    );
  });
}

const underNode = (name: string, code: string): Promise<Ended> =>
  run(name, code, '--test', '--test-reporter=tap');

const passed = ({ output }: Ended): number => Number(/^# pass (\d+)$/m.exec(output)?.[1]);

/** As the README says in its first line of imports. */
const withNodeTest = (code: string): string =>
  code.replace(/^import \{ test \} from 'vitest';.*$/m, "import { test } from 'node:test';");

const LONG = { timeout: 120_000 };

it('a connector is tested by node:test with the block of the README', LONG, async () => {
  const code = withNodeTest(block('connectorConformance({'));
  const ended = await underNode('connector', code);
  expect(ended.code, ended.output.slice(-2000)).toBe(0);
  expect(passed(ended)).toBeGreaterThan(80);
});

it('a connector that does not keep a promise fails under node:test', LONG, async () => {
  const code = withNodeTest(block('connectorConformance({'));
  const promises = code.replace('supportsWebhooks: false', 'supportsWebhooks: true');
  expect(promises).not.toBe(code);
  const ended = await underNode('promises', promises);
  expect(ended.code).toBe(1);
  expect(ended.output).toMatch(/^not ok \d+ - memory: a signed delivery gives its events$/m);
});

it('a store is tested by node:test with the block of the README', LONG, async () => {
  const ended = await underNode('store', block('storeConformance({'));
  expect(ended.code, ended.output.slice(-2000)).toBe(0);
  expect(passed(ended)).toBeGreaterThan(40);
});

it('the block about faults makes its issue once', LONG, async () => {
  const ended = await run('faults', block('withFaults('));
  expect(ended.code, ended.output).toBe(0);
  expect(JSON.parse(ended.output)).toMatchObject([{ operation: 'createIssue', applied: true }, {}]);
});
