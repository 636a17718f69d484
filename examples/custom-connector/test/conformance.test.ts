import { connectorConformance } from '@spec-kitty/tracker-testkit';
import { test } from 'vitest';
import { manifest } from '../src/index.ts';
import { BOT, Emulator, PERSON } from './emulator.ts';
import { personAt } from './person.ts';

connectorConformance({
  test,
  plugin: { manifest },
  async open() {
    const emulator = await Emulator.start();
    const connector = emulator.connector();
    const person = personAt(emulator.redmine);
    const refOf = (id: number) => ({
      system: connector.name,
      workspace: connector.workspace,
      id: String(id),
    });
    return {
      connector,
      seed: async (issues) => issues.map((issue) => refOf(person.create(issue))),
      edit: async ({ id }, patch) => person.edit(Number(id), patch),
      remove: async ({ id }) => emulator.redmine.remove(Number(id)),
      advance: async (ms) => emulator.redmine.advance(ms),
      values: { assignees: [String(BOT), String(PERSON)] },
      dispose: () => emulator[Symbol.asyncDispose](),
    };
  },
});
