import { isTrackerError } from '@spec-kitty/tracker-core';

/** Longer than any message of this project, shorter than an input that it repeats. */
const LONGEST_MESSAGE = 3000;

export type Outcome<T> = { ok: true; value: T } | { ok: false; error: unknown };

export async function outcomeOf<T>(call: () => T): Promise<Outcome<Awaited<T>>> {
  try {
    return { ok: true, value: await call() };
  } catch (error) {
    return { ok: false, error };
  }
}

export function outcomeNow<T>(call: () => T): Outcome<T> {
  try {
    return { ok: true, value: call() };
  } catch (error) {
    return { ok: false, error };
  }
}

export interface Expected {
  /** The documented contract names TypeError for this input: its message, to tell it from an accidental one. */
  typeError?: RegExp;
}

function fail(problem: string, cause: unknown): never {
  throw new Error(problem, { cause });
}

/** The text is one for people: some words, of bounded length. */
export function expectWords(what: string, text: unknown): void {
  if (typeof text !== 'string' || text.trim() === '') throw new Error(`${what} holds no words`);
  if (text.length > LONGEST_MESSAGE) throw new Error(`${what} is ${text.length} characters long`);
}

/** The error is one of this project: a stable code, words of bounded length, a field that is named in bounds. */
export function expectTyped(error: unknown, { typeError }: Expected = {}): void {
  if (typeError && error instanceof TypeError && typeError.test(error.message)) {
    expectWords('the message of a TypeError', error.message);
    return;
  }
  if (!isTrackerError(error)) {
    const said = error instanceof Error ? `${error.name}: ${error.message.slice(0, 500)}` : typeof error;
    fail(`it threw an error without a code: ${said}`, error);
  }
  const { code, message, fieldPath } = error;
  if (typeof code !== 'string' || !/^[a-z][a-z0-9_]*$/.test(code)) fail(`its code is ${String(code)}`, error);
  expectWords('its message', message);
  if (fieldPath !== undefined && (typeof fieldPath !== 'string' || fieldPath.length > LONGEST_MESSAGE)) {
    fail('its fieldPath is no text of bounded length', error);
  }
}

/** Not `isDeepStrictEqual`, to which 0 and -0, which JSON writes alike, are two numbers. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b) || !isPlain(a) || !isPlain(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && same(Reflect.get(a, key), Reflect.get(b, key)));
}

const isPlain = (value: object): boolean =>
  [Object.prototype, Array.prototype, null].includes(Object.getPrototypeOf(value));

/** The value is data that survives JSON unchanged; gives its text. */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new Error('it is no data');
  if (!same(JSON.parse(text), value)) throw new Error(`it does not survive JSON: ${text.slice(0, 500)}`);
  return text;
}
