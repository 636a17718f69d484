import * as z from 'zod';

/** Anything that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
/** An object of JSON: no list, no null. */
export type JsonObject = { [key: string]: JsonValue };

/** Nesting deeper than this is refused: no tracker's payload comes near, and it bounds every recursion. */
export const MAX_JSON_DEPTH = 64;

/**
 * More values than this in one are refused. What a program hands in may hold itself, or one part in many places: without
 * this bound, walking it takes time that doubles at every level.
 */
export const MAX_JSON_VALUES = 100_000;

const REFUSED: unique symbol = Symbol('refused');

/** A copy that shares nothing; each property is read once, for it may be another value the next time. */
function copied(value: unknown, depth: number, bound: { left: number }): JsonValue | typeof REFUSED {
  bound.left -= 1;
  if (bound.left < 0) return REFUSED;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      // JSON has no -0.
      return Number.isFinite(value) ? value || 0 : REFUSED;
    case 'object':
      if (value === null) return null;
      if (depth === 0) return REFUSED;
      if (Array.isArray(value)) return copiedList(value, depth, bound);
      return isPlainObject(value) ? copiedObject(value, depth, bound) : REFUSED;
    default:
      return REFUSED;
  }
}

function copiedList(
  list: readonly unknown[],
  depth: number,
  bound: { left: number },
): JsonValue[] | typeof REFUSED {
  const { length } = list;
  if (length > bound.left) return REFUSED;
  const copy: JsonValue[] = [];
  // By number: anything else would pass over holes, which JSON makes null.
  for (let index = 0; index < length; index++) {
    const item = copied(list[index], depth - 1, bound);
    if (item === REFUSED) return REFUSED;
    copy.push(item);
  }
  return copy;
}

function copiedObject(
  object: Record<string, unknown>,
  depth: number,
  bound: { left: number },
): JsonObject | typeof REFUSED {
  const copy: JsonObject = {};
  for (const key of Object.keys(object)) {
    const value = copied(object[key], depth - 1, bound);
    if (value === REFUSED) return REFUSED;
    put(copy, key, value);
  }
  return copy;
}

function put<T>(object: Record<string, T>, key: string, value: T): void {
  // A plain assignment would set the prototype instead.
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/** `value` as data of its own; undefined where it is no JSON. */
export function jsonCopy(value: unknown): JsonValue | undefined {
  try {
    const copy = copied(value, MAX_JSON_DEPTH, { left: MAX_JSON_VALUES });
    return copy === REFUSED ? undefined : copy;
  } catch {
    // Reading it throws: a getter, a proxy.
    return undefined;
  }
}

/** True for a value that survives JSON unchanged: plain data, finite numbers, bounded depth and size. */
export function isJsonValue(value: unknown): value is JsonValue {
  return jsonCopy(value) !== undefined;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const BOUNDS = `finite numbers, at most ${MAX_JSON_DEPTH} levels deep, at most ${MAX_JSON_VALUES} values`;

function jsonSchema<T extends JsonValue>(
  expected: string,
  isExpected: (value: JsonValue) => boolean,
): z.ZodType<T> {
  // A check and not a transform, which would leave no defaults in the JSON Schemas made of these.
  return z.custom<T>().check((context) => {
    const { value: input } = context;
    const copy = jsonCopy(input);
    if (copy !== undefined && isExpected(copy)) context.value = copy as T;
    else context.issues.push({ code: 'custom', input, message: `expected ${expected} (${BOUNDS})` });
  });
}

/** What these give is a copy: the caller's value may change, or be another one each time it is read. */
export const JsonValueSchema: z.ZodType<JsonValue> = jsonSchema('JSON data', () => true);
/** Takes an object of JSON, and gives a copy of it. */
export const JsonObjectSchema: z.ZodType<JsonObject> = jsonSchema('a JSON object', isPlainObject);

/** A copy of plain JSON data that shares nothing with it: several times as fast as `structuredClone`. */
export function copyJson<T>(value: T): T;
export function copyJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copyJson(item));
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    put(copy, key, copyJson((value as Record<string, unknown>)[key]));
  }
  return copy;
}

/** JSON with the keys of every object in code-unit order: equal data gives equal text. */
export function stableStringify(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(stableStringify).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const parts = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${stableStringify(value[key] ?? null)}`);
    return `{${parts.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** A short, stable fingerprint of texts (two 32-bit lanes, 14 characters or fewer). Not for secrets. */
export function fingerprint(...texts: readonly string[]): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (const text of texts) {
    const { length } = text;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, 2654435761);
      b = Math.imul(b ^ unit, 1597334677);
    }
    // The length counts too, so that no two lists of texts run together.
    a = Math.imul(a ^ ~length, 2654435761);
    b = Math.imul(b ^ ~length, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (b >>> 0).toString(36) + (a >>> 0).toString(36).padStart(7, '0');
}
