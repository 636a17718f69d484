import { mkdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';

const reference = (variable: string): string => `\${env:${variable}}`;

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
});
afterEach(() => removeWorkbench(bench));

interface Failed {
  error: { code: string; fieldPath?: string; message: string };
}

const binding = (value: Record<string, unknown>): unknown => ({
  store: { path: 's' },
  bindings: { app: value },
});

describe('a config file that is wrong ends with 2 and names the field', () => {
  it.each([
    ['no JSON', '{ "store": ', 'config_invalid', undefined],
    ['no object', '[]', 'config_invalid', ''],
    [
      'an unknown setting',
      { store: { path: 's' }, bindings: { app: { connector: 'memory' } }, stor: 1 },
      'config_invalid',
      'stor',
    ],
    ['no store', { bindings: { app: { connector: 'memory' } } }, 'config_invalid', 'store'],
    ['no binding', { store: { path: 's' }, bindings: {} }, 'config_invalid', 'bindings'],
    [
      'a misspelt setting of a binding',
      binding({ connector: 'memory', filter: {} }),
      'config_invalid',
      'bindings.app.filter',
    ],
    ['an id that is none', binding({ connector: '../evil' }), 'config_invalid', 'bindings.app.connector'],
    [
      'an unknown strategy',
      binding({ connector: 'memory', strategy: 'coin' }),
      'config_invalid',
      'bindings.app.strategy.default',
    ],
    [
      'a strategy that needs a host',
      binding({ connector: 'memory', strategy: 'merge' }),
      'config_invalid',
      'bindings.app.strategy.default',
    ],
    [
      'a policy of an unknown field',
      binding({ connector: 'memory', policy: { mode: 'split_ownership', fieldOwners: { titel: 'local' } } }),
      'config_invalid',
      'bindings.app.policy.fieldOwners.titel',
    ],
    [
      'an unknown policy',
      binding({ connector: 'memory', policy: 'mine' }),
      'config_invalid',
      'bindings.app.policy.mode',
    ],
    [
      'a negative limit',
      binding({ connector: 'memory', limits: { maxCreates: -1 } }),
      'config_invalid',
      'bindings.app.limits.maxCreates',
    ],
    [
      'a connector that is not installed',
      binding({ connector: 'nowhere' }),
      'connector_missing',
      'bindings.app.connector',
    ],
    [
      'an unknown option',
      binding({ connector: 'memory', options: { files: 'x' } }),
      'connector_config',
      'bindings.app.options.files',
    ],
    [
      'an option of another type',
      binding({ connector: 'memory', options: { workspace: 7 } }),
      'connector_config',
      'bindings.app.options.workspace',
    ],
    [
      'a secret in plain text',
      binding({ connector: 'memory', options: { webhookSecret: 'hunter2hunter2' } }),
      'config_plain_secret',
      'bindings.app.options.webhookSecret',
    ],
    [
      'a secret with something around it',
      binding({ connector: 'memory', options: { webhookSecret: `x${reference('HOME')}` } }),
      'config_plain_secret',
      'bindings.app.options.webhookSecret',
    ],
    [
      'a variable that is not set',
      binding({ connector: 'memory', options: { webhookSecret: reference('NOT_SET') } }),
      'config_env_missing',
      'bindings.app.options.webhookSecret',
    ],
    [
      'the environment where no secret is',
      binding({ connector: 'memory', options: { workspace: reference('HOME') } }),
      'config_env_refused',
      'bindings.app.options.workspace',
    ],
    [
      'the environment in a filter',
      binding({ connector: 'memory', filters: { queryText: reference('HOME') } }),
      'config_env_refused',
      'bindings.app.filters',
    ],
    [
      'another command',
      binding({ connector: 'memory', options: { command: './evil' } }),
      'config_untrusted',
      'bindings.app.options.command',
    ],
    [
      'another server',
      binding({ connector: 'memory', options: { baseUrl: 'https://example.com' } }),
      'config_untrusted',
      'bindings.app.options.baseUrl',
    ],
    [
      'a store that cannot be',
      { ...memoryConfig(), store: { path: 'no/such/folder/s.sqlite' } },
      'connector_config',
      'store.path',
    ],
    [
      'a person with two rows',
      {
        ...memoryConfig(),
        people: [
          { id: 'a', ids: { 'x:y': '1' } },
          { id: 'b', ids: { 'x:y': '1' } },
        ],
      },
      'connector_config',
      'people[1].ids',
    ],
    [
      'a person without a place',
      { ...memoryConfig(), people: [{ id: 'a', ids: { x: '1' } }] },
      'config_invalid',
      'people[0].ids.x',
    ],
  ])('%s', async (_name, config, code, fieldPath) => {
    await bench.configure(config);
    const { code: exit, stdout, stderr } = await bench.cli(['pull', '--json']);
    expect(exit).toBe(2);
    const { error } = JSON.parse(stdout) as Failed;
    expect({ code: error.code, fieldPath: error.fieldPath }).toEqual({ code, fieldPath });
    expect(stderr).toContain(`[${code}]`);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('two names for one place', async () => {
    const one = { connector: 'memory', options: { workspace: 'x' } };
    await bench.configure({ store: { path: 's' }, bindings: { a: one, b: one } });
    const { error } = await bench.json<Failed>(['status']).catch(() => bench.json<Failed>(['pull']));
    expect((await bench.cli(['pull'])).code).toBe(2);
    expect(error ?? (await bench.json<Failed>(['pull'])).error).toMatchObject({
      code: 'binding_duplicate',
      fieldPath: 'bindings.b',
    });
  });

  it('says how to install what is missing', async () => {
    await bench.configure(binding({ connector: 'nowhere' }));
    expect((await bench.cli(['pull'])).stderr).toContain('npm install @spec-kitty/tracker-nowhere');
  });

  it('none at all', async () => {
    await mkdir(bench.path('empty'));
    const { code, stdout } = await bench.cli(['pull', '--config', 'missing.json', '--json']);
    expect(code).toBe(2);
    expect((JSON.parse(stdout) as Failed).error).toMatchObject({
      code: 'config_missing',
      fieldPath: '--config',
    });
  });

  it('is allowed a $schema, and reads a byte order mark', async () => {
    await bench.configure(`\ufeff${JSON.stringify({ $schema: './x.json', ...memoryConfig() })}`);
    expect((await bench.cli(['status'])).code).toBe(0);
  });
});

describe('a command line that is wrong ends with 2', () => {
  beforeEach(() => bench.configure(memoryConfig()));

  it.each([
    ['nothing', []],
    ['an unknown command', ['pul']],
    ['an unknown option', ['pull', '--fulll']],
    ['half a command', ['issues']],
    ['a number that is none', ['issues', 'list', '--limit', 'ten']],
    ['a number too small', ['pull', '--time-budget', '0']],
    ['an unknown status', ['issues', 'list', '--status', 'open']],
    ['a missing title', ['issues', 'create']],
    ['a missing argument', ['issues', 'show']],
    ['one argument too many', ['status', 'app']],
  ])('%s', async (_name, args) => {
    const { code, stdout, stderr } = await bench.cli(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
  });

  it.each([
    ['an unknown binding', ['pull', 'other'], 'binding_unknown', 'bindings.other'],
    ['a name that every object has', ['pull', 'constructor'], 'binding_unknown', 'bindings.constructor'],
    ['an unknown issue', ['issues', 'show', 'X-1'], 'issue_unknown', 'ID'],
    ['an edit of nothing', ['issues', 'edit', 'X-1'], 'issue_unknown', 'ID'],
    [
      'a priority that is none',
      ['issues', 'create', '--title', 'x', '--priority', '7'],
      'priority_unknown',
      '--priority',
    ],
    [
      'a field without a value',
      ['issues', 'create', '--title', 'x', '--field', 'team'],
      'field_unreadable',
      '--field',
    ],
    ['a blank title', ['issues', 'create', '--title', ' '], 'issue_payload_contract', '--title'],
    [
      'two bodies',
      ['issues', 'create', '--title', 'x', '--body', 'a', '--body-file', 'b'],
      'body_twice',
      '--body',
    ],
    [
      'a body that is not there',
      ['issues', 'create', '--title', 'x', '--body-file', 'none.md'],
      'input_unusable',
      '--body-file',
    ],
    ['an unknown conflict', ['conflicts', 'show', 'abcd'], 'conflict_unknown', 'ID'],
    ['a resolution without a choice', ['conflicts', 'resolve', 'abcd'], 'choice_missing', '--local'],
    [
      'a value that is no JSON',
      ['conflicts', 'resolve', 'abcd', '--value', 'text'],
      'value_not_json',
      '--value',
    ],
    ['an enrolment of nothing', ['enrol', 'app'], 'selection_missing', 'ID'],
    ['an enrolment of both', ['enrol', 'app', 'X-1', '--all'], 'selection_twice', 'ID'],
    ['an output that cannot be', ['export', '--output', 'no/such/folder/x'], 'output_unusable', '--output'],
  ])('%s', async (_name, args, code, fieldPath) => {
    const { code: exit, stdout } = await bench.cli([...args, '--json']);
    expect(exit).toBe(2);
    expect((JSON.parse(stdout) as Failed).error).toMatchObject({ code, fieldPath });
  });
});
