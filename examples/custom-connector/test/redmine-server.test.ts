import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SCRIPT = resolve(import.meta.dirname, '../scripts/redmine-server');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'redmine-server-'));
  mkdirSync(join(folder, 'programs'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Where there is no Redmine, and programs do as they are told. */
function serveWith(programs: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(programs)) {
    const program = join(folder, 'programs', name);
    writeFileSync(program, `#!/bin/sh\n${text}\n`);
    chmodSync(program, 0o755);
  }
  return spawnSync(SCRIPT, [join(folder, 'server')], {
    encoding: 'utf8',
    env: {
      PATH: `${join(folder, 'programs')}:${process.env['PATH'] ?? ''}`,
      REDMINE_HOME: join(folder, 'nowhere'),
    },
  });
}

test.each([
  ['nobody may install it', { id: 'echo 1000' }],
  [
    'its packages are not to be had',
    { id: 'echo 0', 'apt-cache': 'exit 1', 'apt-get': 'exit 1', 'debconf-set-selections': 'exit 0' },
  ],
  [
    'installing it fails',
    { id: 'echo 0', 'apt-cache': 'exit 0', 'apt-get': 'exit 1', 'debconf-set-selections': 'exit 0' },
  ],
])('where %s, one line says that there is no Redmine', (_what, programs) => {
  const { status, stdout, stderr } = serveWith(programs);
  expect([status, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^redmine: it is not installed, and was not to be installed.*\n$/);
  expect(existsSync(join(folder, 'server/environment'))).toBe(false);
});
