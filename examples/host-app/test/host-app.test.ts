import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const EXAMPLE = resolve(import.meta.dirname, '../host-app.ts');

test('the example runs to its end, with each of its claims', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [EXAMPLE], { env: { ...process.env, NO_COLOR: '1' } });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const code = await new Promise((done) => child.on('close', done));
  const text = output.join('');
  expect({ code, text }).toMatchObject({ code: 0 });
  expect(text.match(/^✓ .*$/gm)).toHaveLength(7);
});
