import { faultySync } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { world } from './fixtures.ts';

describe('over a network with faults, everything comes together and nothing is doubled', () => {
  test.each(Array.from({ length: 40 }, (_, index) => index + 1))('seed %i', async (seed) => {
    await faultySync({
      seed,
      open() {
        const { emulator, open } = world();
        const { fetch, people, time, memberIds } = emulator;
        return {
          fetch,
          connect: (own) => open({}, { fetch: own }),
          clock: time.clock,
          sleep: time.sleep,
          advance: (ms) => time.advance(ms),
          create: (title) => void people.createIssue({ title, labels: ['bug'] }),
          edit: (id, number) =>
            people.edit(id, { description: `their text ${number}`, assigneeId: memberIds[0] ?? null }),
          issues: () => emulator.issues(),
        };
      },
    });
  });
});
