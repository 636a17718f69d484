import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleChild } from './support/bundle-child.ts';
import { type KillOptions, type KillReport, killAndRestart } from './support/kill.ts';
import { PLACES } from './support/moments.ts';

const KILLS = Number(process.env['SIM_KILLS'] ?? 200);
const SEED = Number(process.env['SIM_SEED'] ?? 1);

/** Trackers that a lost create is found at in different ways, each with its share of the kills. */
const WORLDS: Pick<KillOptions, 'when' | 'traits'>[] = [
  { when: 'counted', traits: { identity: 'lookup' } },
  { when: 'counted', traits: { identity: 'client_ids', compareAndSet: false, listsById: true } },
  { when: 'counted', traits: { identity: 'idempotent', bulk: true } },
  { when: 'any_instant', traits: { identity: 'lookup' } },
];

const directory = mkdtempSync(join(tmpdir(), 'killed-child-'));
const bundle = join(directory, 'child.mjs');
beforeAll(() => bundleChild(bundle));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function told(reports: readonly KillReport[]): string {
  const landed = PLACES.map((place) => {
    const times = reports.reduce((sum, report) => sum + report.landed[place], 0);
    return `${times} ${place}`;
  });
  const compared = reports.reduce((sum, report) => sum + report.compared, 0);
  const busy = reports.reduce((sum, report) => sum + report.busy, 0);
  return `seed ${SEED}: killed ${landed.join(', ')}; ${compared} restarts settled and compared, ${busy} met the lease of the dead\n`;
}

it('survives SIGKILL at any moment, over SQLite', { timeout: 60_000 + KILLS * 3000 }, async () => {
  const reports = await Promise.all(
    WORLDS.map((world, index) =>
      killAndRestart({ ...world, bundle, seed: SEED + index, kills: Math.ceil(KILLS / WORLDS.length) }),
    ),
  );
  process.stdout.write(told(reports));
  expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
  const places = reports.flatMap(({ places }) => places);
  expect(places.length).toBeGreaterThanOrEqual(KILLS);
  expect(places).toEqual(
    expect.arrayContaining(['between_steps', 'in_commit', 'before_effect', 'after_effect']),
  );
});

it('kills at the same moments for the same seed', { timeout: 120_000 }, async () => {
  const play = (): Promise<KillReport> => killAndRestart({ when: 'counted', bundle, seed: SEED, kills: 6 });
  expect(await play()).toEqual(await play());
});

it.each(['intentsNotRecorded', 'cursorOutsideTransaction'] as const)(
  'finds a store whose mistake is %s',
  { timeout: 120_000 },
  async (wrap) => {
    const report = await killAndRestart({ when: 'counted', bundle, seed: SEED, kills: 60, wrap });
    expect(report.problems).not.toEqual([]);
  },
);
