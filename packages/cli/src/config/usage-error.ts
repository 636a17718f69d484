import { isTrackerError } from '@spec-kitty/tracker-core';

/** The command line or the config file asks for something that cannot be: exit code 2. */
export class UsageError extends Error {
  readonly code: string;
  /** The option or field at fault: `--binding`, `bindings.app.connector`. */
  readonly fieldPath: string | undefined;
  /** What to do about it, where the message does not say so. */
  readonly hint: string | undefined;

  constructor(
    message: string,
    details: { code: string; fieldPath?: string; hint?: string; cause?: unknown },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'UsageError';
    this.code = details.code;
    this.fieldPath = details.fieldPath;
    this.hint = details.hint;
  }
}

/** Where the error says that a setting is bad, it is one of the config file: this one. */
export function ofField(error: unknown, fieldPath: string): unknown {
  if (!isTrackerError(error) || error.code !== 'connector_config') return error;
  return new UsageError(error.message, { code: error.code, fieldPath, cause: error });
}
