import { faultySync } from '@spec-kitty/tracker-testkit';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Emulator } from './emulator.ts';
import { personAt } from './person.ts';

/** More of them where something has been changed that a network can disturb. */
const SEEDS = Number(process.env['FAULT_SEEDS'] ?? 40);

describe('over a network with faults, everything comes together and nothing is doubled', () => {
  const emulators: Emulator[] = [];
  beforeAll(async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) emulators.push(await Emulator.start());
  });
  afterAll(async () => {
    for (const emulator of emulators) await emulator[Symbol.asyncDispose]();
  });

  test.each(Array.from({ length: SEEDS }, (_, index) => index + 1))('seed %i', async (seed) => {
    await faultySync({
      seed,
      open() {
        const emulator = emulators[seed - 1];
        if (!emulator) throw new TypeError('every seed has an emulator');
        const { redmine } = emulator;
        const person = personAt(redmine);
        const clock = { now: () => new Date(redmine.now).toISOString() };
        const sleep = async (ms: number): Promise<void> => redmine.advance(ms);
        return {
          fetch,
          connect: (own) => emulator.connector({ fetch: own, clock, sleep }),
          clock,
          sleep,
          advance: (ms) => redmine.advance(ms),
          create: (title) => void person.create({ title }),
          edit: (id, number) => person.edit(Number(id), { body: `their body ${number}`, assignees: ['6'] }),
          issues: () =>
            [...redmine.issues.values()].map(({ id, subject }) => ({ id: String(id), title: subject })),
        };
      },
    });
  });
});
