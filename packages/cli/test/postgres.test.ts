import { mkdir, writeFile } from 'node:fs/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { configJsonSchema } from '../src/config/schema.ts';
import { loadPackage } from '../src/host/load-package.ts';
import type { Check } from '../src/output/check-view.ts';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';
import { createAtTracker } from './tracker.ts';

const SERVER_URL = process.env['TRACKER_POSTGRES'] || undefined;
if (SERVER_URL === undefined) {
  process.stdout.write(
    'skipped: the command line over a server, since TRACKER_POSTGRES names none (see .ci/start-postgres)\n',
  );
}

const SECRET = 'hunter2hunter2';
const REFERENCE = '${' + 'env:DATABASE_URL}';

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
});
afterEach(() => removeWorkbench(bench));

function config(postgres: Record<string, unknown>, store: Record<string, unknown> = {}): unknown {
  return { ...memoryConfig(), store: { ...store, postgres } };
}

interface Failed {
  code: string;
  fieldPath?: string;
  hint?: string;
}

async function errorOf(
  args: string[],
  env: Record<string, string>,
): Promise<Failed & { exit: number; all: string }> {
  const { code, stdout, stderr } = await bench.cli([...args, '--json'], { env });
  return { exit: code, all: stdout + stderr, ...(JSON.parse(stdout).error as Failed) };
}

describe('what a config file may not say', () => {
  const FIELD = 'store.postgres.connectionString';
  const reference = { connectionString: REFERENCE };
  it.each<[string, unknown, string, string]>([
    [
      'a plain secret',
      config({ connectionString: `postgres://u:${SECRET}@h/d` }),
      'config_plain_secret',
      FIELD,
    ],
    [
      'a secret in parts',
      config({ connectionString: `postgres://u:${REFERENCE}@h/d` }),
      'config_plain_secret',
      FIELD,
    ],
    [
      'a variable that is not set',
      config({ connectionString: '${' + 'env:NOT_SET}' }),
      'config_env_missing',
      FIELD,
    ],
    ['no connection string', config({}), 'config_invalid', FIELD],
    ['a list', config({ connectionString: [] }), 'config_invalid', FIELD],
    ['an unknown setting', config({ ...reference, host: 'x' }), 'config_invalid', 'store.postgres.host'],
    ['a file as well', config(reference, { path: 'x' }), 'config_invalid', 'store.postgres'],
    ['neither', { ...memoryConfig(), store: {} }, 'config_invalid', 'store.path'],
    [
      'a tenant of the environment',
      config({ ...reference, tenant: REFERENCE }),
      'config_env_refused',
      'store.postgres.tenant',
    ],
    [
      'a schema of the environment',
      config({ ...reference, schema: REFERENCE }),
      'config_env_refused',
      'store.postgres.schema',
    ],
    ['a bad schema', config({ ...reference, schema: 'a"b' }), 'connector_config', 'store.postgres.schema'],
  ])('%s', async (_name, file, code, fieldPath) => {
    await bench.configure(file);
    const error = await errorOf(['status'], { DATABASE_URL: `postgres://u:${SECRET}@127.0.0.1:9/d` });
    expect([error.exit, error.code, error.fieldPath]).toEqual([2, code, fieldPath]);
    expect(error.all).not.toContain(SECRET);
  });

  it('a connection string that is none, which is not told', async () => {
    await bench.configure(config(reference));
    const error = await errorOf(['status'], { DATABASE_URL: SECRET });
    expect([error.exit, error.code, error.fieldPath]).toEqual([2, 'connector_config', FIELD]);
    expect(error.all).not.toContain(SECRET);
  });
});

it('the JSON Schema asks for a file or a database', () => {
  expect(configJsonSchema()).toMatchObject({
    properties: { store: { oneOf: [{ required: ['path'] }, { required: ['postgres'] }] } },
  });
});

it('the package of the config file’s folder is taken first', async () => {
  const folder = bench.path('node_modules/@spec-kitty/tracker-store-postgres');
  await mkdir(folder, { recursive: true });
  const manifest = { name: 'x', type: 'module', exports: { '.': { default: './index.js' } } };
  await writeFile(`${folder}/package.json`, JSON.stringify(manifest));
  await writeFile(
    `${folder}/index.js`,
    "export function openPostgresStore({ tenant }) { throw new Error('taken from here: ' + tenant); }",
  );
  await bench.configure(config({ connectionString: REFERENCE, tenant: 'mine' }));
  const { all } = await errorOf(['status'], { DATABASE_URL: `postgres://u:${SECRET}@127.0.0.1:9/d` });
  expect(all).toContain('taken from here: mine');
});

it('a package that is not there is named with the command that installs it', async () => {
  await expect(loadPackage('tracker-store-nowhere', [bench.folder], 'store.nowhere')).rejects.toMatchObject({
    code: 'package_missing',
    fieldPath: 'store.nowhere',
    hint: 'Run: npm install tracker-store-nowhere',
  });
});

describe.runIf(SERVER_URL !== undefined)('over a server', { timeout: 60_000 }, () => {
  const env = { DATABASE_URL: SERVER_URL ?? '' };
  const password = new URL(SERVER_URL ?? 'postgres://u:none@h').password;
  let schema: string;
  beforeEach(() => {
    schema = `cli_${process.pid}_${Date.now().toString(36)}`;
    onTestFinished(async () => {
      const client = new pg.Client({ connectionString: SERVER_URL ?? '' });
      await client.connect();
      await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await client.end();
    });
  });

  it('syncs, and tenants see nothing of each other', async () => {
    await createAtTracker(bench, 'From the tracker');
    await bench.configure(config({ connectionString: REFERENCE, schema, tenant: 'one' }));
    expect((await bench.cli(['sync', '--yes'], { env })).code).toBe(0);
    const { issues } = await bench.json<{ issues: { title: string }[] }>(['issues', 'list'], { env });
    expect(issues.map(({ title }) => title)).toEqual(['From the tracker']);
    const status = await bench.cli(['status'], { env });
    expect(status.stdout).toContain(`PostgreSQL schema ${schema}, tenant one`);
    expect(status.stdout + status.stderr).not.toContain(password);
    await bench.configure(config({ connectionString: REFERENCE, schema, tenant: 'two' }));
    expect((await bench.json<{ issues: unknown[] }>(['issues', 'list'], { env })).issues).toEqual([]);
  });

  it('doctor looks at it and makes nothing', async () => {
    await bench.configure(config({ connectionString: REFERENCE, schema }));
    const doctor = async (): Promise<Check[]> =>
      (await bench.json<{ checks: Check[] }>(['doctor'], { env })).checks.filter(
        ({ check }) => check === 'store',
      );
    const missing = [{ state: 'ok', message: expect.stringContaining('is not there yet') }];
    expect(await doctor()).toMatchObject(missing);
    expect(await doctor()).toMatchObject(missing);
    await bench.cli(['sync', '--yes'], { env });
    expect(await doctor()).toMatchObject([
      { state: 'ok', message: `PostgreSQL schema ${schema}, tenant default` },
    ]);
  });

  it('a server that does not let us in is a matter of the config file', async () => {
    await bench.configure(config({ connectionString: REFERENCE, schema }));
    const url = new URL(SERVER_URL ?? '');
    url.password = SECRET;
    const error = await errorOf(['status'], { DATABASE_URL: url.href });
    expect([error.exit, error.code, error.fieldPath]).toEqual([
      2,
      'connector_config',
      'store.postgres.connectionString',
    ]);
    expect(error.all).not.toContain(SECRET);
  });
});
