import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { canonicalIssue } from '@spec-kitty/tracker-core';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '../src/output/check-view.ts';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';
import { createAtTracker, trackerOf } from './tracker.ts';

let bench: Workbench;
let env: Record<string, string>;
beforeEach(async () => {
  bench = await makeWorkbench();
  env = { XDG_CONFIG_HOME: bench.path('home') };
  await bench.configure(memoryConfig());
});
afterEach(() => removeWorkbench(bench));

interface Doctored {
  code: number;
  checks: Check[];
  text: string;
}

const doctor = async (): Promise<Doctored> => {
  const { code, stdout } = await bench.cli(['doctor', '--json'], { env });
  return { code, checks: JSON.parse(stdout).checks, text: (await bench.cli(['doctor'], { env })).stdout };
};
const troubles = (checks: readonly Check[]): string[] =>
  checks.filter(({ state }) => state !== 'ok').map(({ check, state }) => `${check} ${state}`);

it('finds everything in order, and makes no store', async () => {
  const { code, checks, text } = await doctor();
  expect([code, troubles(checks)]).toEqual([0, []]);
  expect(text).toMatch(/ok +store +.*is not there yet[\s\S]*\napp\n {2}ok[\s\S]*Everything is in order/);
  expect(existsSync(bench.path('store.sqlite'))).toBe(false);
});

describe('what is wrong', () => {
  it.each([
    ['no JSON', '{', ['config failure'], 2],
    ['no connector', memoryConfig({ connector: 'nowhere' }), ['connector failure'], 2],
    ['no trust', memoryConfig({ options: { baseUrl: 'x' } }), ['trust failure'], 2],
    [
      'no secret',
      memoryConfig({ options: { webhookSecret: `\${env:NOT_SET}` } }),
      ['credentials failure'],
      2,
    ],
    ['an unknown option', memoryConfig({ options: { files: 'x' } }), ['options failure'], 2],
    ['no place for a store', { ...memoryConfig(), store: { path: 'no/such/s' } }, ['store failure'], 1],
    ['a filter that is none', memoryConfig({ filters: { nonsense: 1 } }), ['tracker failure'], 1],
  ])('%s', async (_name, config, expected, code) => {
    await bench.configure(config);
    const found = await doctor();
    expect({ code: found.code, troubles: troubles(found.checks) }).toEqual({ code, troubles: expected });
  });

  it('does not keep the other bindings from being looked at', async () => {
    const bindings = { bad: { connector: 'nowhere' }, ...(memoryConfig()['bindings'] as object) };
    await bench.configure({ ...memoryConfig(), bindings });
    const { checks } = await doctor();
    expect(checks.filter(({ binding }) => binding === 'bad')).toHaveLength(1);
    expect(checks).toContainEqual(expect.objectContaining({ binding: 'app', check: 'tracker', state: 'ok' }));
  });

  it('a store that is something else', async () => {
    await writeFile(bench.path('store.sqlite'), 'text that is long enough for nobody to take it for a store');
    const { code, checks } = await doctor();
    expect([code, troubles(checks)]).toEqual([1, ['store failure']]);
  });

  it('never shows a secret', async () => {
    await bench.configure(memoryConfig({ options: { webhookSecret: `\${env:HOOK}` } }));
    env['HOOK'] = 'hunter2hunter2';
    const { code, text, checks } = await doctor();
    expect(code).toBe(0);
    expect(text + JSON.stringify(checks)).not.toContain('hunter2');
    expect(text).toContain('1 secret found');
  });
});

it('warns of conflicts, of a run under way and of times that lie ahead', async () => {
  const { ref } = await createAtTracker(bench, 'one');
  await bench.cli(['pull']);
  await trackerOf(bench).updateIssue(ref, { title: 'theirs' });
  await bench.cli(['issues', 'edit', 'APP-1', '--title', 'ours']);
  await bench.cli(['sync']);
  {
    await using store = openSqliteStore(bench.path('store.sqlite'));
    const [row] = await store.backend.bindings();
    if (!row) throw new Error('no binding');
    await store.backend.commit({ binding: { ...row, lastRunAt: '2999-01-01T00:00:00.000Z' } });
    await store.backend.acquireLease(row.id, 'somebody', 3_600_000);
  }
  const { code, checks, text } = await doctor();
  expect([code, troubles(checks)]).toEqual([0, ['store warning', 'clock warning', 'work warning']]);
  expect(text).toMatch(/last run of this store was at 2999[\s\S]*1 conflict left open[\s\S]*conflicts list/);
});

it('warns of writes without an answer, and of creates of which nobody knows whether they took effect', async () => {
  await bench.cli(['pull']);
  {
    await using store = openSqliteStore(bench.path('store.sqlite'));
    const [row] = await store.backend.bindings();
    if (!row) throw new Error('no binding');
    const sent = { bindingId: row.id, recordId: 1, ref: { system: 'memory', workspace: 'app', id: 'x' } };
    const at = '2026-01-01T00:00:00.000Z';
    const intent = {
      ...sent,
      kind: 'create' as const,
      at,
      local: canonicalIssue({ title: 'one', ref: sent.ref }),
      paths: ['title'],
    };
    const putIntents = [
      { ...intent, key: 'a' },
      { ...intent, key: 'b', unclearUntil: at },
    ];
    await store.backend.commit({ putIntents });
  }
  const { code, checks, text } = await doctor();
  expect([code, troubles(checks)]).toEqual([0, ['work warning', 'work warning']]);
  expect(text).toMatch(/of 1 create nobody knows whether[\s\S]*1 write without an answer[\s\S]*2 warnings/);
});
