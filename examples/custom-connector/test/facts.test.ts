import { describe } from 'vitest';
import { Emulator, PERSON } from './emulator.ts';
import { redmineFacts } from './facts.ts';
import { personAt } from './person.ts';

describe('what stands in for Redmine', () => {
  redmineFacts(async () => {
    const emulator = await Emulator.start();
    const { redmine } = emulator;
    const person = personAt(redmine);
    const note = async (id: number, notes: string, isPrivate: boolean): Promise<void> => {
      redmine.update(id, { notes }, PERSON);
      const last = redmine.issues.get(id)?.journals.at(-1);
      if (last) last.isPrivate = isPrivate;
    };
    return {
      connector: emulator.connector(),
      withKey: (apiKey) => emulator.connector({}, { apiKey }),
      create: async (fields) => person.create(fields),
      note: (id, text) => note(id, text, false),
      privateNote: (id, text) => note(id, text, true),
      async move(id) {
        const issue = redmine.issues.get(id);
        if (issue) issue.projectId = 2;
      },
      [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
    };
  }, 5000);
});
