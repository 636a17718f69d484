import type { CommandRunner } from '@spec-kitty/tracker-core';
import { expect, test } from 'vitest';
import { BeadsConnector } from '../src/index.ts';

type Command = Parameters<CommandRunner['run']>[0];

test('a scope tells bd who acts, and holds it in its repository', async () => {
  const ran: Command[] = [];
  const run: CommandRunner = {
    async run(command) {
      ran.push(command);
      return { exitCode: 0, stdout: '', stderr: '' };
    },
  };
  const scope = { actor: 'ada', repository: '/repository' };
  const connector = new BeadsConnector({ scope }, { run });
  expect(connector.scope).toBe('actor=ada repository=/repository');
  await connector.listIssues({ limit: 1 });
  expect(ran).toMatchObject([{ cwd: '/repository', env: { BD_ACTOR: 'ada', BEADS_ACTOR: 'ada' } }]);

  const outside = new BeadsConnector({ scope, cwd: '/elsewhere' }, { run });
  await expect(outside.listIssues({ limit: 1 })).rejects.toMatchObject({ code: 'scope_violation' });
  expect(ran).toHaveLength(1);
});
