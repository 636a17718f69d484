import { faultySync } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { connectorOf, emulatorOf, personAt, refOf } from './fixtures.ts';

describe('over a network with faults, everything comes together and nothing is doubled', () => {
  test.each(Array.from({ length: 40 }, (_, index) => index + 1))('seed %i', async (seed) => {
    await faultySync({
      seed,
      open() {
        const emulator = emulatorOf({ indexLagMs: seed % 2 === 0 ? 20_000 : 0 });
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
            const issue = state.issue(id);
            person.edit(refOf(issue), {
              body: `their body ${number}`,
              assignees: [emulator.people[0] ?? ''],
            });
          },
          issues: () => [...state.issues.values()].map(({ id, summary }) => ({ id, title: summary })),
        };
      },
    });
  });
});
