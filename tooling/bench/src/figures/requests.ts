import { InMemoryIssueStore, OwnershipPolicy, SyncEngine, type SyncResult } from '@spec-kitty/tracker-core';
import type { Figure, Sample } from './figure.ts';
import { VENDORS, type Vendor } from './vendors.ts';

const JOB = 1000;
const MINUTE_MS = 60_000;

/** An engine over an emulator, whose time is everybody's, and what was asked for since a moment. */
function open(vendor: Vendor, issues: number) {
  const { emulator, connector } = vendor.open(issues);
  const { time, log } = emulator;
  const store = new InMemoryIssueStore({ clock: time.clock });
  const policy = OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' });
  const engine = new SyncEngine({ connector, store, policy, clock: time.clock, sleep: time.sleep });
  let from = 0;
  let began = time.ms;
  return {
    time,
    store,
    binding: { system: connector.name, workspace: connector.workspace },
    run: (operation: 'pull' | 'push'): Promise<SyncResult> => engine[operation](),
    begin(): void {
      from = log.all.length;
      began = time.ms;
    },
    counted(result: SyncResult): Sample {
      const counts = Object.entries(log.counts(from));
      const setUp = counts.filter(([name]) => vendor.setUp.includes(name));
      const asked = counts.filter(([name]) => !vendor.setUp.includes(name));
      const sum = (some: typeof counts): number => some.reduce((total, [, count]) => total + count, 0);
      const limited = log.all.slice(from).filter((request) => request.limited);
      const { failures, stats } = result;
      const parts = {
        failures: failures.length,
        pulledCreated: stats.pulledCreated,
        pushedUpdated: stats.pushedUpdated,
        pushedCreated: stats.pushedCreated,
        setUp: sum(setUp),
        limitAnswers: limited.length,
        seconds: (time.ms - began) / 1000,
        ...Object.fromEntries(asked),
      };
      return { value: sum(asked), parts };
    },
  };
}

type Bench = ReturnType<typeof open>;

function timed(
  { name, title }: Vendor,
  dictatedMs: number,
  creates: () => Promise<{ bench: Bench; result: SyncResult }>,
): Figure {
  return {
    name: `${name}-creates-time`,
    title: `${title}: time of ${JOB} creates, against what its limits dictate`,
    unit: '×',
    target: 1.1,
    exact: true,
    async measure() {
      const { bench, result } = await creates();
      const { parts } = bench.counted(result);
      return { value: ((parts['seconds'] ?? 0) * 1000) / dictatedMs, parts };
    },
  };
}

function figuresOf(vendor: Vendor): Figure[] {
  const { name, title, targets } = vendor;
  const counted = (job: string, what: string, target: number, measure: () => Promise<Sample>): Figure => ({
    name: `${name}-${job}`,
    title: `${title}: requests of ${what}`,
    unit: ' requests',
    target,
    exact: true,
    measure,
  });

  const pulled = async (): Promise<Bench> => {
    const bench = open(vendor, JOB);
    await bench.run('pull');
    bench.time.advance(10 * MINUTE_MS);
    bench.begin();
    return bench;
  };
  const updated = async (): Promise<Sample> => {
    const bench = await pulled();
    for (const [index, { ref }] of (await bench.store.listIssues()).entries())
      await bench.store.editIssue(ref, { title: `Changed ${index}`, body: `Text ${index}` });
    return bench.counted(await bench.run('push'));
  };
  const creates = async (): Promise<{ bench: Bench; result: SyncResult }> => {
    const bench = open(vendor, 0);
    for (let index = 0; index < JOB; index += 1)
      await bench.store.createDraft(bench.binding, {
        title: `Issue ${index}`,
        body: `Text ${index}`,
        priority: 2,
      });
    bench.begin();
    return { bench, result: await bench.run('push') };
  };
  const { updates, creates: created } = targets;
  return [
    counted('first-pull', `a first pull of ${JOB} issues`, targets.firstPull, async () => {
      const bench = open(vendor, JOB);
      return bench.counted(await bench.run('pull'));
    }),
    counted('quiet-pull', 'a quiet pull', targets.quietPull, async () => {
      const bench = await pulled();
      return bench.counted(await bench.run('pull'));
    }),
    ...(updates === undefined ? [] : [counted('updates', `${JOB} different updates`, updates, updated)]),
    ...(created === undefined
      ? []
      : [
          counted('creates', `${JOB} creates`, created, async () => {
            const { bench, result } = await creates();
            return bench.counted(result);
          }),
        ]),
    ...(vendor.createsMs === undefined ? [] : [timed(vendor, vendor.createsMs, creates)]),
  ];
}

/** What the hosted trackers are asked, counted by their emulators in virtual time. */
export const requestFigures: readonly Figure[] = VENDORS.flatMap(figuresOf);
