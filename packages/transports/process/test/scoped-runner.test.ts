import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Command, runnerFor, scopedRunner, scopeName } from '../src/index.ts';
import { rejection } from './fixtures.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'tracker-scope-')));
const repository = join(root, 'repository');
mkdirSync(join(repository, 'inner'), { recursive: true });
mkdirSync(join(root, 'repository-2'));
symlinkSync(root, join(repository, 'out'), 'dir');
afterAll(() => rmSync(root, { recursive: true }));

function recording(): {
  run(command: Command): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  seen: Command[];
} {
  const seen: Command[] = [];
  return {
    seen,
    async run(command) {
      seen.push(command);
      return { exitCode: 0, stdout: '', stderr: '' };
    },
  };
}

describe('a runner bound to a scope', () => {
  it('runs in its repository and for its actor', async () => {
    const host = recording();
    const words = { variables: ['BD_ACTOR'], options: ['actor'] };
    const scoped = scopedRunner(host, { actor: 'ada', repository }, words);
    await scoped.run({ command: 'bd', args: ['--actor=ada', '--actor', 'ada'] });
    await scoped.run({ command: 'bd', args: [], cwd: join(repository, 'inner'), env: { A: 'b' } });
    expect(host.seen).toMatchObject([
      { cwd: repository, env: { BD_ACTOR: 'ada' } },
      { cwd: join(repository, 'inner'), env: { A: 'b', BD_ACTOR: 'ada' } },
    ]);
  });

  it.each([
    { cwd: join(repository, '..') },
    { cwd: join(root, 'repository-2') },
    { cwd: '..' },
    { cwd: join(repository, 'out') },
    { args: ['--actor=eve'] },
    { args: ['--actor', 'eve'] },
    { args: ['--actor'] },
    { env: { BD_ACTOR: 'eve' } },
  ])('refuses %j before anything runs', async (command) => {
    const host = recording();
    const words = { variables: ['BD_ACTOR'], options: ['actor'] };
    const scoped = scopedRunner(host, { actor: 'ada', repository }, words);
    expect(await rejection(scoped.run({ command: 'bd', args: [], ...command }))).toMatchObject({
      code: 'scope_violation',
    });
    expect(host.seen).toEqual([]);
  });

  it.each([[{}], [{ actor: ' ' }], [{ repository: 'relative' }]])('is no scope: %j', (scope) => {
    expect(() => scopedRunner(recording(), scope)).toThrow(
      expect.objectContaining({ code: 'connector_config', fieldPath: expect.stringMatching(/^scope/) }),
    );
  });

  it('is not bound again to another scope', () => {
    const scoped = scopedRunner(recording(), { actor: 'ada' });
    expect(() => scopedRunner(scoped, { actor: 'eve' })).toThrow(
      expect.objectContaining({ code: 'scope_violation' }),
    );
    expect(scopedRunner(scoped, { actor: 'ada', repository }).scope).toEqual({ actor: 'ada', repository });
  });

  it('is demanded from the host by a connector with a scope', () => {
    const host = recording();
    const own = recording();
    expect(runnerFor(undefined, undefined, () => own)).toBe(own);
    expect(runnerFor(host, undefined, () => own)).toBe(host);
    expect(runnerFor(host, { actor: 'ada' }, () => own)).toMatchObject({ scope: { actor: 'ada' } });
    expect(() => runnerFor(undefined, { actor: 'ada' }, () => own)).toThrow(
      expect.objectContaining({ code: 'connector_config', fieldPath: 'scope' }),
    );
  });

  it('has a name', () => {
    expect(scopeName({ repository: '/r', actor: 'ada' })).toBe('actor=ada repository=/r');
    expect(scopeName({ actor: 'ada' })).toBe('actor=ada');
  });
});
