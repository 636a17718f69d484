import { basename } from 'node:path';
import {
  type CommandRunner,
  ConnectorRequestError,
  isTrackerError,
  type SpecKittyTrackerError,
} from '@spec-kitty/tracker-core';
import { cleanedText } from './cleaned-text.ts';
import { commandError } from './command-error.ts';
import type { CommandResult } from './process-runner.ts';

/** A command that ended with a status other than 0. */
export interface CommandFailure {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** The command as a person knows it: `fp issue list`. Without arguments, which may be anybody's secrets. */
  name: string;
  /** What it wrote to stderr, or else to stdout: one line, bounded, cleaned of secrets and control characters. */
  said: string;
}

/** The command of a connector, and how it is run. */
export interface ProcessClientOptions {
  /** What connector this is, for errors. */
  provider: string;
  command: string;
  runner: CommandRunner;
  cwd?: string;
  /** Given to each command. Its values are kept out of messages. */
  env?: Readonly<Record<string, string>>;
  /** Of each command, in milliseconds. Default: the runner's. */
  timeoutMs?: number;
  /** What a failure means, where the connector knows; undefined: it does not. */
  explain?: (failure: CommandFailure) => SpecKittyTrackerError | undefined;
}

/** One call of a command. */
export interface ProcessCall {
  /** The words that choose what it does, such as `['issue', 'list']`. They are told in messages, unlike the arguments. */
  subcommand: readonly string[];
  /** Made with `option` and `positional`. */
  args?: readonly string[];
  input?: string | Uint8Array;
  signal?: AbortSignal;
}

/** Calls one command and turns its failures into errors of the tracker. */
export class ProcessClient {
  readonly #options: ProcessClientOptions;

  constructor(options: ProcessClientOptions) {
    this.#options = options;
  }

  /**
   * What the command wrote to stdout, once it ended with status 0.
   * @throws what `explain` makes of a failure; else ConnectorRequestError with a code of `COMMAND_ERROR_CODES`
   * (`command_failed` is `non_retryable`), ConnectorConfigError, TrackerContractError or ScopeViolationError as the
   * runner has them; the reason of `signal`.
   */
  async run(call: ProcessCall): Promise<string> {
    const result = await this.attempt(call);
    if (result.exitCode === 0) return result.stdout;
    const failure = this.#failure(call, result);
    throw this.#options.explain?.(failure) ?? this.#unexplained(failure);
  }

  /** The same, whatever status it ended with. */
  async attempt({ subcommand, args = [], input, signal }: ProcessCall): Promise<CommandResult> {
    const { runner, command, cwd, env, timeoutMs } = this.#options;
    try {
      const result = await runner.run({
        command,
        args: [...subcommand, ...args],
        ...(cwd === undefined ? {} : { cwd }),
        ...(env === undefined ? {} : { env: { ...env } }),
        ...(input === undefined ? {} : { input }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(signal === undefined ? {} : { signal }),
      });
      if (isResult(result)) return result;
    } catch (cause) {
      if (signal?.aborted && cause === signal.reason) throw cause;
      throw this.#named(cause, subcommand);
    }
    throw this.#error(
      'command_runner',
      `${this.#name(subcommand)}: the runner answered no result of a command`,
    );
  }

  #failure({ subcommand }: ProcessCall, result: CommandResult): CommandFailure {
    const { exitCode, stdout, stderr } = result;
    const secrets = Object.values(this.#options.env ?? {});
    const said = cleanedText(stderr, secrets) || cleanedText(stdout, secrets);
    return { exitCode, stdout, stderr, said, name: this.#name(subcommand) };
  }

  #unexplained({ name, exitCode, said }: CommandFailure): ConnectorRequestError {
    const words = said === '' ? 'and said nothing' : `and said: ${said}`;
    return commandError('command_failed', `${name} ended with status ${exitCode} ${words}`, {
      failureClass: 'non_retryable',
      provider: this.#options.provider,
    });
  }

  #name(subcommand: readonly string[]): string {
    return [basename(this.#options.command), ...subcommand].join(' ');
  }

  #error(code: 'command_runner', message: string, cause?: unknown): ConnectorRequestError {
    return commandError(code, message, { provider: this.#options.provider, cause });
  }

  /** The runner knows neither the connector nor which of the arguments may be told. */
  #named(cause: unknown, subcommand: readonly string[]): SpecKittyTrackerError {
    const name = this.#name(subcommand);
    if (!isTrackerError(cause)) return this.#error('command_runner', `${name}: the runner failed`, cause);
    if (!(cause instanceof ConnectorRequestError)) return cause;
    const { statusCode, failureClass, retryAfterMs, code } = cause;
    const details = { statusCode, failureClass, retryAfterMs, provider: this.#options.provider, cause };
    return new ConnectorRequestError(`${name}: ${cause.message}`, details, code);
  }
}

function isResult(result: unknown): result is CommandResult {
  if (typeof result !== 'object' || result === null) return false;
  if (!('exitCode' in result && 'stdout' in result && 'stderr' in result)) return false;
  const { exitCode, stdout, stderr } = result;
  return Number.isInteger(exitCode) && typeof stdout === 'string' && typeof stderr === 'string';
}
