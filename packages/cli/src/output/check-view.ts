import type { Printer } from './printer.ts';
import { folded, line, look, type Shown, wrapped } from './shown.ts';

/** One thing that was looked at. */
export interface Check {
  /** What was looked at. */
  check:
    | 'config'
    | 'store'
    | 'connector'
    | 'trust'
    | 'credentials'
    | 'options'
    | 'tracker'
    | 'clock'
    | 'work';
  /** Absent where it is no matter of one binding. */
  binding?: string;
  state: 'ok' | 'warning' | 'failure';
  message: string;
  /** What to do. */
  hint?: string;
}

const STATE_LOOK = { ok: 'green', warning: 'yellow', failure: 'red' } as const;
const [STATE_WIDTH, CHECK_WIDTH] = ['failure'.length, 'credentials'.length];
const FULL_INDENT = 2 + STATE_WIDTH + 2 + CHECK_WIDTH + 2;
/** Below this, what goes on in the next line has more room further left. */
const NARROW = 80;

/** The checks by binding, a word for the state of each: it says the same without colours. */
export function printChecks(printer: Printer, checks: readonly Check[]): void {
  let last: string | undefined;
  for (const check of checks) {
    if (check.binding !== last) {
      printer.result();
      printer.result(look('bold', check.binding ?? ''));
      last = check.binding;
    }
    printer.results(checkLines(check, printer.width));
  }
}

function checkLines({ check, state, message, hint }: Check, width: number): Shown[] {
  const mark = look(STATE_LOOK[state], state);
  const indent = ' '.repeat(width < NARROW ? 6 : FULL_INDENT);
  const gap = ' '.repeat(STATE_WIDTH - state.length);
  return [
    ...folded(line`  ${mark}${gap}  ${check.padEnd(CHECK_WIDTH)}  ${message}`, width, indent),
    ...(hint === undefined
      ? []
      : wrapped(hint, Math.min(100, width) - indent.length).map((each) => line`${indent}${each}`)),
  ];
}
