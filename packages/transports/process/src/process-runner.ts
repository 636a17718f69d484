import type { ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type CommandRunner, ConnectorConfigError, TrackerContractError } from '@spec-kitty/tracker-core';
import { assertArguments } from './arguments.ts';
import { childEnvironment } from './child-environment.ts';
import { cleanedText } from './cleaned-text.ts';
import { commandError } from './command-error.ts';
import { signalGroup } from './process-group.ts';
import { type ChildEnd, runChild } from './run-child.ts';
import { type After, systemAfter } from './timers.ts';

/** A command as a runner takes it. */
export type Command = Parameters<CommandRunner['run']>[0];
/** How a command ended: its status, and what it wrote. */
export type CommandResult = Awaited<ReturnType<CommandRunner['run']>>;

/** The bounds of commands, and what they see of this process. */
export interface ProcessRunnerOptions {
  /** Names of environment variables that a child gets beside the usual ones. Default: none. */
  inherit?: readonly string[];
  /** The environment that children inherit from. Default: that of this process, as it is at each call. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** For a command that names no time of its own, in milliseconds. Default: 60,000. */
  timeoutMs?: number;
  /** Of each output stream of one command. Default: 64 MiB. */
  maxOutputBytes?: number;
  /** From asking a child to end until it is ended, in milliseconds. Default: 2,000. */
  graceMs?: number;
  /** Keeps the time. Default: the system's timers. */
  after?: After;
}

const MAX_TIMER_MS = 2_147_483_647;

function wholeNumber(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value > 0 && value <= MAX_TIMER_MS) return value;
  throw new TypeError(`${name} must be a whole number from 1 to ${MAX_TIMER_MS}`);
}

/**
 * Runs commands of this machine: without a shell, with a bounded output and time, and with an environment of a few
 * names. A command is its own process group, which is ended as a whole where it has to be stopped.
 *
 * `run` answers whatever status the command ended with, and rejects with
 * - ConnectorConfigError: the command (`fieldPath: 'command'`) or its folder (`'cwd'`) is missing or may not be used;
 * - TrackerContractError, kind `argument`: an argument that no command can be given; nothing was started;
 * - ConnectorRequestError, `transient`, with one of `COMMAND_ERROR_CODES`;
 * - the reason of `signal`, once the command has ended.
 * @throws TypeError for options out of bounds.
 */
export function createProcessRunner(options: ProcessRunnerOptions = {}): CommandRunner {
  const timeoutMs = wholeNumber(options.timeoutMs ?? 60_000, 'timeoutMs');
  const maxOutputBytes = wholeNumber(options.maxOutputBytes ?? 64 * 1024 * 1024, 'maxOutputBytes');
  const graceMs = wholeNumber(options.graceMs ?? 2_000, 'graceMs');
  const after = options.after ?? systemAfter;
  const running = new Set<ChildProcess>();
  /** Groups of their own outlive this process; one that nobody waits for would be left to itself. */
  const endAll = (): void => {
    for (const child of running) signalGroup(child, 'SIGKILL');
  };

  return {
    async run(command) {
      command.signal?.throwIfAborted();
      assertCommand(command);
      const limits = {
        timeoutMs: wholeNumber(command.timeoutMs ?? timeoutMs, 'timeoutMs'),
        maxOutputBytes,
        graceMs,
        after,
      };
      await assertFolder(command.cwd);
      command.signal?.throwIfAborted();
      const env = childEnvironment(options.environment ?? process.env, {
        platform: process.platform,
        inherit: options.inherit ?? [],
        given: command.env ?? {},
      });
      const task = {
        command: command.command,
        args: command.args,
        cwd: command.cwd,
        env,
        input: command.input,
        signal: command.signal,
      };
      let tracked: ChildProcess | undefined;
      const end = await runChild(task, limits, (child) => {
        tracked = child;
        if (running.size === 0) process.on('exit', endAll);
        running.add(child);
      });
      if (tracked && running.delete(tracked) && running.size === 0) process.off('exit', endAll);
      return resultOf(end, command, limits);
    },
  };
}

function assertCommand({ command, args, env = {} }: Command): void {
  if (command.trim() === '' || command.includes('\0'))
    throw new ConnectorConfigError('the command is blank or holds a NUL', { fieldPath: 'command' });
  // Windows runs these through its shell, which reads arguments in ways that cannot be guarded against.
  if (process.platform === 'win32' && /\.(?:cmd|bat)$/i.test(command)) {
    throw new ConnectorConfigError(
      `"${basename(command)}" is a batch file, which cannot be run safely: name the .exe behind it`,
      { fieldPath: 'command' },
    );
  }
  assertArguments(args);
  const bad = Object.entries(env).find(([name, value]) => /[\0=]/.test(name) || value.includes('\0'));
  if (bad) {
    const details = { provider: 'process', kind: 'argument', reason: 'nul', fieldPath: 'env' };
    throw new TrackerContractError('a name or value of the environment holds a NUL', details);
  }
}

async function assertFolder(cwd: string | undefined): Promise<void> {
  if (cwd === undefined) return;
  try {
    if ((await stat(cwd)).isDirectory()) return;
  } catch (cause) {
    const message = `the folder "${cwd}", in which the command is to run, cannot be used (${codeOf(cause)}): mend "cwd"`;
    throw new ConnectorConfigError(message, { fieldPath: 'cwd', cause });
  }
  throw new ConnectorConfigError(`"${cwd}", in which the command is to run, is no folder: mend "cwd"`, {
    fieldPath: 'cwd',
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

function resultOf(
  end: ChildEnd,
  { command, signal, env = {} }: Command,
  limits: { timeoutMs: number; maxOutputBytes: number },
): CommandResult {
  const name = basename(command);
  switch (end.kind) {
    case 'unstarted':
      throw startError(name, end.cause);
    case 'signal': {
      const said = cleanedText(end.stderr.text(), Object.values(env));
      throw commandError(
        'command_signal',
        `${name} was ended by ${end.signal} from outside; what it did before is not known${said === '' ? '' : `. It said: ${said}`}`,
      );
    }
    case 'stopped':
      if (end.because === 'abort') throw signal?.reason;
      throw end.because === 'timeout'
        ? commandError(
            'command_timeout',
            `${name} did not end within ${limits.timeoutMs / 1000} s and was stopped; what it did before is not known. It may wait for a lock of another process, or for an answer from somebody`,
          )
        : commandError(
            'command_output_limit',
            `${name} wrote more than ${limits.maxOutputBytes.toLocaleString('en-US')} bytes and was stopped`,
          );
    case 'exit': {
      const { exitCode } = end;
      const stdout = exitCode === 0 ? end.stdout.exactText() : end.stdout.text();
      if (stdout === undefined)
        throw commandError('command_encoding', `${name} ended well, but what it wrote is not UTF-8`);
      return { exitCode, stdout, stderr: end.stderr.text() };
    }
  }
}

function startError(name: string, cause: unknown): Error {
  const code = codeOf(cause);
  const details = { fieldPath: 'command', cause };
  switch (code) {
    case 'ENOENT':
      return new ConnectorConfigError(
        `the command "${name}" was not found: install it, put its folder on PATH, or give its full path as "command"`,
        details,
      );
    case 'EACCES':
    case 'EPERM':
      return new ConnectorConfigError(`the command "${name}" may not be run by this user (${code})`, details);
    case 'ENOEXEC':
    case 'EINVAL':
    case 'UNKNOWN':
      return new ConnectorConfigError(
        `the command "${name}" is no program of this system (${code})`,
        details,
      );
    case 'E2BIG':
      return new TrackerContractError(`the arguments are longer than this system gives to "${name}"`, {
        provider: 'process',
        kind: 'argument',
        reason: 'length',
        fieldPath: 'args',
        cause,
      });
    default:
      return commandError('command_start', `${name} could not be started (${code})`, { cause });
  }
}
