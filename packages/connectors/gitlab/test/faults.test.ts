import { faultySync } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { connectorOf, emulatorOf, personAt, refOf } from './fixtures.ts';

/** More of them where something has been changed that a network can disturb. */
const SEEDS = Number(process.env['FAULT_SEEDS'] ?? 40);

describe('over a network with faults, everything comes together and nothing is doubled', () => {
  test.each(Array.from({ length: SEEDS }, (_, index) => index + 1))('seed %i', async (seed) => {
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
          connect: (own) => connectorOf({ ...emulator, fetch: own }),
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
  });
});
