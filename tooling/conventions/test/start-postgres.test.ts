import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { REPOSITORY_ROOT } from '../src/read-repository.ts';

const SCRIPT = join(REPOSITORY_ROOT, '.ci/start-postgres');
// Where there is no PostgreSQL, the script may install one, which is for the CI alone.
const HAS_POSTGRES = Boolean(process.env['TRACKER_POSTGRES']);
if (!HAS_POSTGRES)
  process.stdout.write('skipped: the start of a server, since TRACKER_POSTGRES is not set\n');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-postgres-'));
});
afterEach(() => {
  spawnSync(SCRIPT, ['--stop', folder]);
  rmSync(folder, { recursive: true, force: true });
});

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return once(socket, 'connect').then(
    () => {
      socket.destroy();
      return true;
    },
    () => false,
  );
}

test.runIf(HAS_POSTGRES)('a server is started, and stopped by its folder', { timeout: 60_000 }, async () => {
  const { status, stdout } = spawnSync(SCRIPT, [folder], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^postgres:\/\/postgres:[0-9a-f]{24}@127\.0\.0\.1:\d+\/postgres\n$/);
  const port = Number(new URL(stdout.trim()).port);
  expect(await answers(port)).toBe(true);
  expect(spawnSync(SCRIPT, ['--stop', folder]).status).toBe(0);
  expect(await answers(port)).toBe(false);
});

test('a folder without a server is stopped without complaint', () => {
  expect(spawnSync(SCRIPT, ['--stop', folder], { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stdout: '',
    stderr: '',
  });
});
