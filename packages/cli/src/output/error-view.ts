import { isTrackerError, type SyncFailure } from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Printer } from './printer.ts';
import { folded, line, look, shown, wrapped } from './shown.ts';

/** An error as data: the `error` of a JSON answer. */
export interface ErrorReport {
  code: string;
  message: string;
  fieldPath?: string;
  hint?: string;
}

type Described = Pick<SyncFailure, 'code' | 'failureClass'> & { binding?: string };

/** What a person can do about it. */
export function hintFor({ code, failureClass, binding = 'NAME' }: Described): string | undefined {
  switch (code) {
    case 'sync_busy':
      return 'Another run of this binding is under way. Wait for it; one that was killed is forgotten after a minute.';
    case 'sync_guard':
      return `Look at "spec-kitty-tracker plan ${binding}"; where it is right, raise limits in the config file.`;
    case 'sync_conflict':
      return 'Something changed in the meantime. Run the command again.';
    case 'aborted':
    case 'time_budget':
      return 'What was done is kept; run the command again to go on.';
    case 'create_refused':
    case 'retired_key':
      return 'Change that field here, then run the command again.';
    case 'unreadable':
      return 'Mend it at its source; the rest of the page was taken.';
    default:
  }
  switch (failureClass) {
    case 'authentication':
      return 'The tracker does not know these credentials. Renew the token, set it in the environment, run again.';
    case 'permission':
      return 'The account may not do this. Ask for the permission, or use another account.';
    case 'rate_limit':
      return 'The tracker wants fewer requests. Run the command again later; it goes on where it stopped.';
    case 'transient':
      return 'The tracker did not answer as it should. Run the command again; it goes on where it stopped.';
    case 'not_found':
      return 'The issue may have been deleted, or is hidden from this account.';
    case 'validation':
      return 'The tracker refused the value. Change that field here, then run the command again.';
    default:
      return undefined;
  }
}

export function reportOf(error: unknown, binding?: string): ErrorReport {
  if (error instanceof UsageError) {
    const { code, message, fieldPath, hint } = error;
    return {
      code,
      message,
      ...(fieldPath === undefined ? {} : { fieldPath }),
      ...(hint === undefined ? {} : { hint }),
    };
  }
  if (isTrackerError(error)) {
    const failureClass = 'failureClass' in error ? (error as unknown as SyncFailure).failureClass : null;
    const hint = hintFor({ code: error.code, failureClass, ...(binding === undefined ? {} : { binding }) });
    return {
      code: error.code,
      message: error.message,
      ...(error.fieldPath ? { fieldPath: error.fieldPath } : {}),
      ...(hint === undefined ? {} : { hint }),
    };
  }
  return {
    code: 'internal',
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    hint: 'This is a defect of the program. Please report it with the command that you ran.',
  };
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT.usage;
  if (!isTrackerError(error)) return EXIT.failures;
  if (error.code === 'sync_busy') return EXIT.busy;
  const usage = ['connector_config', 'issue_payload_contract', 'capability_not_supported'];
  return usage.includes(error.code) ? EXIT.usage : EXIT.failures;
}

/** What happened, where, and what to do, on stderr. */
export function printError(printer: Printer, report: ErrorReport, prefix = 'error'): void {
  const text = line`${look('red', `${prefix}:`)} ${shown(report.message)} ${look('dim', `[${report.code}]`)}`;
  for (const each of folded(text, printer.errorWidth, '  ')) printer.note(each);
  const { fieldPath, hint } = report;
  if (fieldPath !== undefined && fieldPath !== 'ID' && !report.message.includes(fieldPath))
    printer.note(line`  at ${fieldPath}`);
  if (hint !== undefined)
    for (const each of wrapped(hint, Math.min(100, printer.errorWidth) - 2)) printer.note(line`  ${each}`);
}
