import { type CommandRunner, ConnectorRequestError, IssueNotFoundError } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { ProcessClient, type ProcessClientOptions } from '../src/index.ts';
import { rejection } from './fixtures.ts';

type Result = Awaited<ReturnType<CommandRunner['run']>>;

function clientOver(
  answer: () => Promise<Result>,
  options: Partial<ProcessClientOptions> = {},
): ProcessClient {
  return new ProcessClient({ provider: 'fp', command: 'tools/fp', runner: { run: answer }, ...options });
}

const failing = async (): Promise<Result> => ({
  exitCode: 1,
  stdout: '',
  stderr: 'Issue X not found: key-1234\n',
});
const call = { subcommand: ['issue', 'show'], args: ['--title=private'] };

describe('calling a command', () => {
  it('answers what it wrote', async () => {
    const client = clientOver(async () => ({ exitCode: 0, stdout: 'text', stderr: 'warning' }));
    expect(await client.run(call)).toBe('text');
  });

  it('names command and subcommand, what was said, and no secret', async () => {
    const error = await rejection(clientOver(failing, { env: { KEY: 'key-1234' } }).run(call));
    expect(error).toMatchObject({ code: 'command_failed', failureClass: 'non_retryable', provider: 'fp' });
    expect(error.message).toBe('fp issue show ended with status 1 and said: Issue X not found: [redacted]');
  });

  it('lets the connector say what a failure means', async () => {
    const client = clientOver(failing, {
      explain: ({ said, exitCode }) =>
        exitCode === 1 && /not found/.test(said) ? new IssueNotFoundError('gone') : undefined,
    });
    expect(await rejection(client.run(call))).toMatchObject({ code: 'issue_not_found' });
  });

  it('names the call in failures of the runner', async () => {
    const client = clientOver(async () => {
      throw new ConnectorRequestError('it took too long', { failureClass: 'transient' }, 'command_timeout');
    });
    expect(await rejection(client.run(call))).toMatchObject({
      code: 'command_timeout',
      failureClass: 'transient',
      provider: 'fp',
      message: 'fp issue show: it took too long',
    });
  });

  it('wraps what else a runner of the host throws or answers', async () => {
    const cause = new Error('boom');
    const throwing = clientOver(async () => {
      throw cause;
    });
    expect(await rejection(throwing.run(call))).toMatchObject({ code: 'command_runner', cause });
    const odd = clientOver(async () => JSON.parse('{"exitCode":"0"}'));
    expect(await rejection(odd.run(call))).toMatchObject({ code: 'command_runner' });
  });

  it('rejects with the reason of an abort', async () => {
    const controller = new AbortController();
    const client = clientOver(async () => {
      controller.abort(new Error('stop'));
      throw controller.signal.reason;
    });
    expect(await rejection(client.run({ ...call, signal: controller.signal }))).toBe(
      controller.signal.reason,
    );
  });
});
