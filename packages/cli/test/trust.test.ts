import { chmod, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trustClaims } from '../src/config/trust-claims.ts';
import { trustFilePath } from '../src/config/trust-file.ts';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';

let bench: Workbench;
let env: Record<string, string>;
const withUrl = (baseUrl: string): Record<string, unknown> =>
  memoryConfig({ options: { file: 'tracker.json', workspace: 'app', baseUrl } });
beforeEach(async () => {
  bench = await makeWorkbench();
  env = { XDG_CONFIG_HOME: bench.path('home') };
  await bench.configure(withUrl('https://one.example'));
});
afterEach(() => removeWorkbench(bench));

/** The memory connector has no such option: once it is trusted, the connector itself refuses it by name. */
const refusal = async (): Promise<string> =>
  (await bench.json<{ error: { code: string } }>(['issues', 'list', '--binding', 'app'], { env })).error.code;

describe('a config file that names another server', () => {
  it('is refused with 2, the value without what moves a cursor, and the command to run', async () => {
    await bench.configure(withUrl('https://one.\u001b[2Jexample'));
    const { code, stderr } = await bench.cli(['pull'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('https://one.[2Jexample');
    expect(stderr).toContain('run: spec-kitty-tracker trust');
  });

  it('is trusted by the person who is asked, in a file that is theirs alone', async () => {
    expect(await refusal()).toBe('config_untrusted');
    const no = await bench.cli(['trust'], { env, answers: [''], columns: 80 });
    expect([no.code, no.stderr.includes('https://one.example')]).toEqual([1, true]);
    expect(await refusal()).toBe('config_untrusted');
    expect((await bench.cli(['trust'], { env, answers: ['y'], columns: 80 })).code).toBe(0);
    expect(await refusal()).toBe('connector_config');
    const file = trustFilePath(env);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(dirname(file))).toEqual(['trust.json']);
  });

  it('asks again after a change of the value, and for a copy at another place', async () => {
    await bench.cli(['trust', '--yes'], { env });
    await bench.configure(withUrl('https://two.example'));
    expect(await refusal()).toBe('config_untrusted');
    await bench.configure(withUrl('https://one.example'));
    expect(await refusal()).toBe('connector_config');
    await rename(bench.path('spec-kitty-tracker.json'), bench.path('copy.json'));
    const { stdout } = await bench.cli(['pull', '--config', 'copy.json', '--json'], { env });
    expect(JSON.parse(stdout).error.code).toBe('config_untrusted');
  });

  it('is told with the name that it was given by, in words that a shell takes as one', async () => {
    await rename(bench.path('spec-kitty-tracker.json'), bench.path("it's here.json"));
    const hint = String.raw`trust --config 'it'\''s here.json'`;
    for (const command of ['pull', 'trust']) {
      const { stderr } = await bench.cli([command, '--config', "it's here.json"], { env });
      expect(stderr.replaceAll(/\s+/g, ' ')).toContain(hint);
    }
  });

  it('is not trusted where nobody can answer', async () => {
    const { code, stderr } = await bench.cli(['trust'], { env });
    expect([code, stderr.includes('https://one.example'), stderr.includes('trust --yes')]).toEqual([
      2,
      true,
      true,
    ]);
    expect(await refusal()).toBe('config_untrusted');
  });

  it('is listed, and can be trusted no more, also once the file is gone', async () => {
    await bench.cli(['trust', '--yes'], { env });
    expect(await bench.json(['trust', '--list'], { env })).toMatchObject({
      trusted: [{ binding: 'app', connector: 'memory', option: 'baseUrl', value: 'https://one.example' }],
    });
    const list = await bench.cli(['trust', '--list'], { env });
    expect(list.stdout).toMatch(/spec-kitty-tracker\.json\n {2}app {2}baseUrl = https:\/\/one\.example/);
    await rename(bench.path('spec-kitty-tracker.json'), bench.path('gone'));
    const args = ['trust', '--revoke', '--config', 'spec-kitty-tracker.json'];
    expect(await bench.json(args, { env })).toMatchObject({ revoked: [{ option: 'baseUrl' }] });
    await rename(bench.path('gone'), bench.path('spec-kitty-tracker.json'));
    expect(await refusal()).toBe('config_untrusted');
  });

  it('is refused where the list of what is trusted is damaged, or others may write it', async () => {
    await bench.cli(['trust', '--yes'], { env });
    const file = trustFilePath(env);
    const text = await readFile(file, 'utf8');
    await chmod(file, 0o666);
    expect(await refusal()).toBe('trust_unusable');
    await chmod(file, 0o600);
    await writeFile(file, text.slice(0, -10));
    expect(await refusal()).toBe('trust_unusable');
  });
});

it('a config file that sets nothing of the kind needs no trust', async () => {
  await bench.configure(memoryConfig());
  const { code, stdout } = await bench.cli(['trust'], { env });
  expect([code, stdout.includes('nothing that needs trust')]).toEqual([0, true]);
});

describe('what needs trust', () => {
  const manifest = {
    configSchema: {
      anyOf: [
        { properties: { command: { default: 'bd' } } },
        { properties: { baseUrl: { default: 'https://api.example' } } },
      ],
    },
  } as unknown as Parameters<typeof trustClaims>[2];
  it.each([
    ['the default of a variant', { command: 'bd', baseUrl: 'https://api.example' }, []],
    [
      'another command, with its folder',
      { command: './bd', cwd: 'x' },
      [{ option: 'command', value: './bd', cwd: 'x' }],
    ],
    ['one inside another option', { via: [{ baseUrl: 'x' }] }, [{ option: 'via.0.baseUrl', value: 'x' }]],
    ['one that is no text', { baseUrl: { a: 1 } }, [{ option: 'baseUrl', value: '{"a":1}' }]],
    ['files and folders alone', { cwd: '/', exportFile: '/x' }, []],
  ])('%s', (_name, options, expected) => {
    const claims = trustClaims('b', { connector: 'c', options }, manifest);
    expect(claims).toEqual(expected.map((claim) => ({ binding: 'b', connector: 'c', ...claim })));
  });
});

it('the list lies in the folder of the platform', () => {
  expect(trustFilePath({ HOME: '/h' }, 'linux')).toBe('/h/.config/spec-kitty-tracker/trust.json');
  expect(trustFilePath({ HOME: '/h', XDG_CONFIG_HOME: 'relative' }, 'linux')).toBe(
    '/h/.config/spec-kitty-tracker/trust.json',
  );
  expect(trustFilePath({ HOME: '/h', APPDATA: '/roaming' }, 'win32')).toBe(
    '/roaming/spec-kitty-tracker/trust.json',
  );
});
