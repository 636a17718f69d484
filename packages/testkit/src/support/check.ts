import { isTrackerError, type SpecKittyTrackerError } from '@spec-kitty/tracker-core';
import { errorClassProblem } from './error-class.ts';

/** What a conformance case found wrong. `actual` and `expected` are shown by most runners. */
export class ConformanceError extends Error {
  readonly actual?: unknown;
  readonly expected?: unknown;

  constructor(message: string, details: { actual?: unknown; expected?: unknown; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ConformanceError';
    if ('actual' in details) this.actual = details.actual;
    if ('expected' in details) this.expected = details.expected;
  }
}

export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ConformanceError(message);
}

/** The value, which must be there. */
export function present<T>(value: T | undefined | null, message: string): T {
  if (value === undefined || value === null) throw new ConformanceError(message);
  return value;
}

/** Text by which two pieces of plain data are the same, whatever the order of keys. Absent is not undefined here. */
function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

export function sameData(a: unknown, b: unknown): boolean {
  return a === b || canonicalText(a) === canonicalText(b);
}

/** @throws ConformanceError where the two are not the same data. */
export function equal(actual: unknown, expected: unknown, message: string): void {
  if (sameData(actual, expected)) return;
  const shown = [actual, expected].map((value) => (canonicalText(value) ?? 'undefined').slice(0, 400));
  throw new ConformanceError(`${message}: got ${shown[0]}, expected ${shown[1]}`, { actual, expected });
}

/** What the call was rejected with; that it was not is a failure. Also a call that throws at once is meant. */
export async function rejection(call: () => unknown, message: string): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new ConformanceError(`${message}: it was expected to be refused, and was not`);
}

/** The error of this project that the call was refused with. Without codes, any. */
export async function refusal(
  call: () => unknown,
  message: string,
  codes: readonly string[] = [],
): Promise<SpecKittyTrackerError> {
  return typed(await rejection(call, message), message, codes);
}

/** `error`, which must be one of this project's, with one of the codes. */
export function typed(error: unknown, message: string, codes: readonly string[] = []): SpecKittyTrackerError {
  if (!isTrackerError(error)) {
    throw new ConformanceError(`${message}: it was refused by no error of this project (${String(error)})`, {
      cause: error,
    });
  }
  const problem = errorClassProblem(error);
  if (problem !== undefined) throw new ConformanceError(`${message}: ${problem}`, { cause: error });
  if (codes.length > 0 && !codes.includes(error.code)) {
    throw new ConformanceError(
      `${message}: it was refused with ${error.code}, expected ${codes.join(' or ')}`,
      {
        actual: error.code,
        expected: codes,
        cause: error,
      },
    );
  }
  return error;
}
