import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeWorkbench, memoryConfig, removeWorkbench, type Workbench } from './test-io.ts';
import { createAtTracker, trackerOf } from './tracker.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await makeWorkbench();
  await bench.configure(memoryConfig());
});
afterEach(() => removeWorkbench(bench));

const sentTitles = async (): Promise<string[]> =>
  (await trackerOf(bench).listIssues({ limit: 10 })).items.map(({ title }) => title);

it.each(['sync', 'push'])(
  'the first %s where nobody can answer goes on, and says so once',
  async (command) => {
    await bench.cli(['issues', 'create', '--title', 'mine']);
    const first = await bench.cli([command]);
    expect([first.code, first.stderr]).toEqual([
      0,
      expect.stringContaining(`first ${command}: nobody is there to ask`),
    ]);
    expect(await sentTitles()).toEqual(['mine']);
    await bench.cli(['issues', 'edit', 'APP-1', '--title', 'again']);
    expect((await bench.cli([command])).stderr).not.toContain('nobody');
  },
);

it('--yes answers, with a terminal and without', async () => {
  await bench.cli(['issues', 'create', '--title', 'mine']);
  const { code, stderr } = await bench.cli(['sync', '--yes']);
  expect([code, stderr.includes('nobody'), stderr.includes('Go on?')]).toEqual([0, false, false]);
});

it('a pull asks and says nothing: it writes to no tracker', async () => {
  await createAtTracker(bench, 'theirs');
  const { code, stderr } = await bench.cli(['pull']);
  expect([code, stderr.includes('nobody')]).toEqual([0, false]);
});

it.each([[['n']], [[]]])(
  'a first sync that is answered with %j does nothing and ends with 1',
  async (answers) => {
    await bench.cli(['issues', 'create', '--title', 'mine']);
    const { code, stderr } = await bench.cli(['sync', '--no-color'], { answers: [...answers], columns: 80 });
    expect([code, /Go on\?[\s\S]*Nothing was done/.test(stderr)]).toEqual([1, true]);
    expect(await sentTitles()).toEqual([]);
  },
);
