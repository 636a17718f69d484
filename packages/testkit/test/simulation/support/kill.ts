import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Answer, KILLED_TRAITS, type Request } from './remote-tracker.ts';
import { loadFromSources } from './source-hooks.ts';

/** What is left after so many kills. */
export interface KillReport {
  kills: number;
  /** Kills that met a request whose answer never arrived. */
  unanswered: number;
  issues: number;
  problems: string[];
}

/**
 * A child syncs over SQLite and is killed with SIGKILL at random moments, while people edit on both sides; the tracker
 * is here, and outlives it. After every restart no issue may be there twice, and at the end both sides hold the same.
 */
export async function killAndRestart(kills: number, seed: number): Promise<KillReport> {
  loadFromSources();
  const { isTrackerError } = await import('@spec-kitty/tracker-core');
  const { openSqliteStore } = await import('@spec-kitty/tracker-store-sqlite');
  const { Random } = await import('../../../src/simulation/random.ts');
  const { simulatedConnector } = await import('../../../src/simulation/simulated-connector.ts');
  const { SimulatedTracker } = await import('../../../src/simulation/simulated-tracker.ts');

  const random = new Random(seed);
  const directory = mkdtempSync(join(tmpdir(), 'killed-'));
  const file = join(directory, 'store.db');
  const store = openSqliteStore(file);
  const tracker = new SimulatedTracker(
    KILLED_TRAITS,
    () => new Date().toISOString(),
    () => {},
  );
  const wire = {
    full: false,
    pass: () => new Promise<void>((resolve) => setTimeout(resolve, random.below(3))),
    strikes: () => false,
    seenAt: async () => undefined,
    writes: async () => {},
  };
  const connector = simulatedConnector(tracker, wire) as unknown as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  const problems: string[] = [];
  const report: KillReport = { kills, unanswered: 0, issues: 0, problems };
  let tokens = 0;

  const answer = async (child: ChildProcess, { id, method, args }: Request): Promise<void> => {
    let reply: Answer;
    try {
      const value = await connector[method]?.(...args);
      reply = { id, value: value instanceof Map ? [...value] : value };
    } catch (error) {
      if (!isTrackerError(error)) throw error;
      reply = { id, error: { code: error.code, message: error.message } };
    }
    if (child.connected) child.send(reply, () => {});
    else report.unanswered++;
  };
  const start = (...more: string[]): ChildProcess => {
    const child = fork(fileURLToPath(new URL('./killed-child.ts', import.meta.url)), [file, ...more], {
      execArgv: [],
    });
    child.on('error', (error) => problems.push(`a child could not run: ${error.message}`));
    return child;
  };
  const edit = async (): Promise<void> => {
    const issues = await store.listIssues();
    const value = `v${++tokens}`;
    if (issues.length < 8)
      await store.createDraft(
        { system: 'sim', workspace: 'w' },
        { title: value, customFields: { born: value } },
      );
    else await store.editIssue(random.pick(issues).ref, { body: value });
    const remote = tracker.issues();
    if (remote.length > 0) tracker.edit(random.pick(remote).ref.id, { title: `t${tokens}` });
  };
  const check = (moment: string): void => {
    const born = tracker.issues().map(({ customFields }) => String(customFields['born']));
    for (const one of new Set(born))
      if (born.filter((other) => other === one).length > 1)
        problems.push(`${moment}: ${one} is at the tracker twice`);
  };

  for (let kill = 1; kill <= kills; kill++) {
    await edit();
    const child = start();
    const gone = new Promise<void>((resolve) =>
      child.once('exit', (_code, signal) => {
        if (signal !== 'SIGKILL') problems.push(`a child ended by itself before kill ${kill}`);
        resolve();
      }),
    );
    let left = 1 + random.below(6);
    child.on('message', (request: Request) => {
      void answer(child, request);
      // Killed while it waits, or a moment later, in the middle of what it does with the answer.
      if (--left === 0) setTimeout(() => child.kill('SIGKILL'), random.below(6));
    });
    const slow = setTimeout(() => child.kill('SIGKILL'), 4000);
    await gone;
    clearTimeout(slow);
    check(`after kill ${kill}`);
  }
  for (let round = 0; round < 5; round++) {
    const child = start('once');
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.on('message', (message: Request | { finished: string[] }) => {
        if ('finished' in message) {
          if (round === 4) problems.push(...message.finished);
        } else void answer(child, message);
      });
    });
  }
  check('at the end');
  const local = await store.listIssues();
  report.issues = local.length;
  const view = (issues: typeof local): string =>
    JSON.stringify(issues.map(({ title, body, customFields }) => [title, body, customFields]).sort());
  if (view(local) !== view(tracker.issues()))
    problems.push(
      `the store and the tracker hold different issues: ${view(local)} and ${view(tracker.issues())}`,
    );
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
  return report;
}
