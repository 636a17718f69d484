import type { TaskTrackerConnector } from '@spec-kitty/tracker-core';
import { faultySync } from '@spec-kitty/tracker-testkit';
import { describe, expect, it, test } from 'vitest';
import { CAPABILITIES } from '../src/manifest.ts';
import { connectorOf, emulatorOf, personAt, refOf } from './fixtures.ts';

/** More of them where something has been changed that a network can disturb. */
const SEEDS = Number(process.env['FAULT_SEEDS'] ?? 40);

type Told = (connector: TaskTrackerConnector) => TaskTrackerConnector;

async function sync(seed: number, told: Told = (connector) => connector): Promise<void> {
  await faultySync({
    seed,
    open() {
      const emulator = emulatorOf({
        limits: false,
        pageHeaders: seed % 3 !== 0,
        listLagMs: seed % 2 === 0 ? 3000 : 0,
      });
      const { fetch, state, time } = emulator;
      const person = personAt(emulator);
      return {
        fetch,
        connect: (own) => told(connectorOf({ ...emulator, fetch: own })),
        clock: time.clock,
        sleep: time.sleep,
        advance: (ms) => time.advance(ms),
        create: (title) => void person.create({ title, labels: ['bug'] }),
        edit(id, number) {
          const issue = state.issue(Number(id));
          // Whoever edits a description sees the hidden comment at its end, and leaves it there.
          const marker = /\n*<!-- .* -->$/s.exec(issue.description ?? '')?.[0] ?? '';
          person.edit(refOf(issue), { body: `their body ${number}${marker}`, assignees: ['ada'] });
        },
        issues: () => [...state.issues.values()].map(({ id, title }) => ({ id: String(id), title })),
      };
    },
  });
}

describe('over a network with faults, everything comes together and nothing is doubled', () => {
  test.each(Array.from({ length: SEEDS }, (_, index) => index + 1))('seed %i', async (seed) => sync(seed));

  it('would lose a status that is written by a second request, were it not said so', async () => {
    const silent: Told = (connector) =>
      Object.assign(connector, {
        getCapabilities: async () => {
          const { fieldsAfterCreate: _later, ...others } = CAPABILITIES;
          return others;
        },
      });
    await expect(sync(1, silent)).rejects.toMatchObject({
      message: expect.stringContaining('lost without a conflict'),
    });
  });
});
