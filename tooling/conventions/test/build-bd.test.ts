import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { REPOSITORY_ROOT } from '../src/read-repository.ts';

const SCRIPT = join(REPOSITORY_ROOT, '.ci/build-bd');
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-bd-'));
  mkdirSync(join(folder, 'source'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A `go` that does as it is told: `download` and `build` are shell texts. */
function buildWith(go: { download: string; build: string }) {
  const text = `#!/bin/sh\ncase "$1" in\nmod) ${go.download} ;;\nbuild) ${go.build} ;;\nesac\n`;
  mkdirSync(join(folder, 'programs'), { recursive: true });
  const program = join(folder, 'programs/go');
  writeFileSync(program, text);
  chmodSync(program, 0o755);
  return spawnSync(SCRIPT, ['v0.47.1'], {
    encoding: 'utf8',
    env: {
      PATH: `${join(folder, 'programs')}:${process.env['PATH'] ?? ''}`,
      XDG_CACHE_HOME: join(folder, 'cache'),
    },
  });
}

const download = (): string => `echo '{"Dir": "${join(folder, 'source')}"}' | tr '{,}' '\\n\\n\\n'`;
const build = `printf '#!/bin/sh\\nexit 0\\n' >"$3"; chmod +x "$3"`;
const binary = (): string => join(folder, 'cache/spec-kitty-tracker/bd/v0.47.1/bd');

test('a bd is built once and then taken from the cache', () => {
  expect(buildWith({ download: download(), build })).toMatchObject({
    status: 0,
    stdout: `${binary()}\n`,
    stderr: '',
  });
  const again = buildWith({ download: 'exit 1', build: 'exit 1' });
  expect(again).toMatchObject({ status: 0, stdout: `${binary()}\n`, stderr: '' });
});

test.each([
  ['the source is refused', 'exit 1', build, 'its source was not to be had'],
  ['the build fails', undefined, 'exit 1', 'it did not build'],
  ['the binary does not run', undefined, `${build}; echo 'exit 1' >"$3"`, 'does not run'],
])('when %s, one line says so and no path is given', (_name, refused, compile, reason) => {
  const answer = buildWith({ download: refused ?? download(), build: compile });
  expect(answer).toMatchObject({ status: 0, stdout: '\n' });
  expect(answer.stderr).toContain(reason);
  expect(answer.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(existsSync(binary())).toBe(false);
});
