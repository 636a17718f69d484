import type { CommandRunner } from '@spec-kitty/tracker-core';
import { expect, test } from 'vitest';
import { BeadsConnector } from '../src/index.ts';

const ref = { system: 'beads', workspace: 'beads', id: 'sk-1' };
const answering = (stdout: string, stderr: string): CommandRunner => ({
  run: async () => ({ exitCode: 1, stdout, stderr }),
});
const ofRunner = (run: CommandRunner): BeadsConnector => new BeadsConnector({}, { run });

test.each([
  ['{"error":"no beads database found"}', '', { code: 'connector_config', fieldPath: 'cwd' }],
  ['', '{"error":"no beads database found"}', { code: 'connector_config', fieldPath: 'cwd' }],
  ['', 'Error: no beads database found', { code: 'connector_config', fieldPath: 'cwd' }],
  ['', 'Error: unknown command "export" for "bd"', { code: 'connector_config', fieldPath: 'command' }],
  ['', 'Error: database is locked', { failureClass: 'transient' }],
  [
    '{"error":"cannot add dependency: sk-1.1 is already a child of sk-1"}',
    '',
    { code: 'capability_not_supported', fieldPath: 'links' },
  ],
  [
    '{"error":"sk-1 cannot be blocked by its descendant sk-1.1: blocked status cascades"}',
    '',
    { code: 'capability_not_supported', fieldPath: 'links' },
  ],
  ['', 'Error parsing line 3: invalid character', { failureClass: 'validation' }],
])('%s%s is told as what it is', async (stdout, stderr, told) => {
  await expect(ofRunner(answering(stdout, stderr)).getIssue(ref)).rejects.toMatchObject(told);
});

test.each([
  ['title', { title: 'é'.repeat(251) }],
  ['title', { title: 'a\0b' }],
  ['labels', { labels: ['x'.repeat(256)] }],
])('%s beyond what Beads takes is refused, and nothing is written', async (fieldPath, patch) => {
  const ran: string[] = [];
  const row = { id: 'sk-1', title: 'one', status: 'open', issue_type: 'task', priority: 2 };
  const run: CommandRunner = {
    async run({ args }) {
      ran.push(args[0] ?? '');
      return { exitCode: 0, stdout: `${JSON.stringify(row)}\n`, stderr: '' };
    },
  };
  await expect(ofRunner(run).updateIssue(ref, patch)).rejects.toMatchObject({
    code: 'capability_not_supported',
    fieldPath,
  });
  expect(ran).not.toContain('import');
});
