import { faultySync } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { connectorOf, emulatorOf, personAt, refTo } from './fixtures.ts';

describe('over a network with faults, everything comes together and nothing is doubled', () => {
  test.each(Array.from({ length: 40 }, (_, index) => index + 1))('seed %i', async (seed) => {
    await faultySync({
      seed,
      open() {
        const emulator = emulatorOf({
          limits: false,
          queryLagMs: seed % 2 === 0 ? 3000 : 0,
          linksMakeRevisions: seed % 3 === 0,
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
          edit: (id, number) =>
            void person.edit(refTo(id), {
              body: `<p>their body ${number}</p>`,
              assignees: ['ada@acme.example'],
            }),
          issues: () => [...state.items.values()].map(({ id, title }) => ({ id: String(id), title })),
        };
      },
    });
  });
});
