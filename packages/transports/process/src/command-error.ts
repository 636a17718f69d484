import { ConnectorRequestError, type FailureClass } from '@spec-kitty/tracker-core';

/**
 * Codes of what can go wrong with a command that was started.
 *
 * `command_failed`: it ended with a status other than 0. `command_timeout`, `command_signal`, `command_output_limit`,
 * `command_encoding`: nobody knows what it did before; their class is `transient`, so that a write is looked
 * for before it is tried again. `command_runner`: the host's runner failed or answered something else. `command_start`: the system
 * had no room for another process.
 */
export const COMMAND_ERROR_CODES = [
  'command_failed',
  'command_timeout',
  'command_signal',
  'command_output_limit',
  'command_encoding',
  'command_runner',
  'command_start',
] as const;
/** One of {@link COMMAND_ERROR_CODES}. */
export type CommandErrorCode = (typeof COMMAND_ERROR_CODES)[number];

export function commandError(
  code: CommandErrorCode,
  message: string,
  details: { failureClass?: FailureClass; provider?: string; cause?: unknown } = {},
): ConnectorRequestError {
  const { failureClass = 'transient', provider = 'process', cause } = details;
  return new ConnectorRequestError(
    message,
    { failureClass, provider, ...(cause === undefined ? {} : { cause }) },
    code,
  );
}
