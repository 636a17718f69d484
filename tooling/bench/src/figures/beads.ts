import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BeadsConnector } from '@spec-kitty/tracker-beads';
import {
  type CommandRunner,
  InMemoryIssueStore,
  JsonObjectSchema,
  OwnershipPolicy,
  type Priority,
  SyncEngine,
  type SyncResult,
} from '@spec-kitty/tracker-core';
import { createProcessRunner } from '@spec-kitty/tracker-process';
import type { Figure, Sample } from './figure.ts';

const BINDING = { system: 'beads', workspace: 'beads' };
const JOB = 1000;
const DATA =
  process.env['TRACKER_DATA'] ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const FILE = join(DATA, 'beads/beads-5722.jsonl');

/** A database of a real bd in a folder of its own, a store in step with it, and the processes that were run. */
interface Bench extends Disposable {
  store: InMemoryIssueStore;
  runs: string[];
  bd(args: string[], input?: string): string;
  run(operation: 'sync' | 'push'): Promise<SyncResult>;
}

function open(command: string, prefix: string): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'tracker-bench-'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, BEADS_NO_DAEMON: '1', DO_NOT_TRACK: '1' };
  const bd = (args: string[], input = ''): string =>
    execFileSync(command, args, {
      cwd: folder,
      env,
      input,
      encoding: 'utf8',
      stdio: 'pipe',
      maxBuffer: 2 ** 28,
    });
  execFileSync('git', ['init', '-q', folder], { env });
  bd(['init', '--prefix', prefix, '--quiet']);
  const runs: string[] = [];
  const inner = createProcessRunner();
  const run: CommandRunner = {
    run(call) {
      runs.push(call.args[0] ?? '');
      return inner.run({ ...call, env: { ...call.env, HOME: folder } });
    },
  };
  const store = new InMemoryIssueStore();
  const policy = OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' });
  return {
    store,
    runs,
    bd,
    // A process of its own each time, as from the command line.
    run: (operation) =>
      new SyncEngine({
        connector: new BeadsConnector({ command, cwd: folder }, { run }),
        store,
        policy,
      })[operation](),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function filled(bench: Bench): Promise<SyncResult> {
  for (let index = 0; index < JOB; index++)
    await bench.store.createDraft(BINDING, { title: `Issue ${index}`, body: `Text ${index}`, priority: 2 });
  return bench.run('push');
}

function processes({ runs }: Bench, { failures, stats }: SyncResult): Sample {
  const parts: Record<string, number> = { failures: failures.length, ...stats };
  for (const name of runs) parts[name] = (parts[name] ?? 0) + 1;
  return {
    value: runs.length,
    parts: Object.fromEntries(Object.entries(parts).filter(([, count]) => count > 0)),
  };
}

function counted(
  command: string,
  name: string,
  title: string,
  target: number,
  job: (bench: Bench) => Promise<SyncResult>,
): Figure {
  return {
    name,
    title,
    unit: ' processes',
    target,
    exact: true,
    async measure() {
      using bench = open(command, 'sk');
      return processes(bench, await job(bench));
    },
  };
}

function firstSync(command: string): Figure {
  return {
    name: 'beads-first-sync',
    title: 'First sync of a real export in a real bd, against `bd export` alone',
    unit: '×',
    async measure() {
      using bench = open(command, 'bd');
      // bd 0.47 refuses rows of other prefixes, and takes two of one content for one issue that has another source.
      const rows = readFileSync(FILE, 'utf8')
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => JsonObjectSchema.parse(JSON.parse(text)))
        .filter(({ id, status }) => /^bd-[a-z0-9]+(\.\d+)*$/.test(String(id)) && status !== 'tombstone')
        .map((row) => ({ ...row, source_system: row['id'] }));
      const is1 = !/"version": *"0/.test(bench.bd(['version', '--json']));
      // 1.x takes no type that it was not told of.
      const types = [...new Set(rows.map((row) => JsonObjectSchema.parse(row)['issue_type']))];
      if (is1) bench.bd(['config', 'set', 'types.custom', types.join()]);
      bench.bd(['import', ...(is1 ? ['-'] : [])], rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      const began = performance.now();
      bench.bd(['export']);
      const exported = performance.now();
      const { stats } = await bench.run('sync');
      const syncMs = performance.now() - exported;
      const exportMs = exported - began;
      return {
        value: syncMs / exportMs,
        parts: { rows: rows.length, created: stats.pulledCreated, syncMs, exportMs },
      };
    },
  };
}

/** What needs a real bd: the first that TRACKER_BD names. */
export function beadsFigures(): Figure[] {
  const [command] = (process.env['TRACKER_BD'] ?? '').split(':').filter((path) => path !== '');
  if (command === undefined) {
    console.error('not measured: beads-…, since TRACKER_BD names no bd (see `pnpm bd`)');
    return [];
  }
  if (!existsSync(FILE)) console.error(`not measured: beads-first-sync, since ${FILE} is not there`);
  return [
    counted(command, 'beads-creates', 'Processes of a push that creates 1,000 issues through bd', 5, filled),
    counted(
      command,
      'beads-updates',
      'Processes of a sync of 1,000 different updates through bd',
      60,
      async (bench) => {
        await filled(bench);
        for (const [index, { ref }] of (await bench.store.listIssues()).entries())
          await bench.store.editIssue(ref, {
            title: `Changed ${index}`,
            priority: (index % 5) as Priority,
            labels: [`l${index % 7}`],
          });
        bench.runs.length = 0;
        return bench.run('sync');
      },
    ),
    counted(
      command,
      'beads-quiet',
      'Processes of a quiet sync of 1,000 issues through bd',
      1,
      async (bench) => {
        await filled(bench);
        await bench.run('sync');
        bench.runs.length = 0;
        return bench.run('sync');
      },
    ),
    ...(existsSync(FILE) ? [firstSync(command)] : []),
  ];
}
