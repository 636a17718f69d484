import { z } from 'zod';

/** Anything that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** Nesting deeper than this is refused: no tracker's payload comes near, and it bounds every recursion. */
export const MAX_JSON_DEPTH = 64;

/** True for a value that survives JSON unchanged: plain data, finite numbers, bounded depth. */
export function isJsonValue(value: unknown, depth: number = MAX_JSON_DEPTH): value is JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      if (value === null) return true;
      if (depth === 0) return false;
      // `every` would pass over the holes of a list, which JSON makes null.
      if (Array.isArray(value))
        return Array.from<unknown>(value).every((item) => isJsonValue(item, depth - 1));
      return isPlainObject(value) && Object.values(value).every((item) => isJsonValue(item, depth - 1));
    default:
      return false;
  }
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export const JsonValueSchema: z.ZodType<JsonValue> = z.custom<JsonValue>(
  (value) => isJsonValue(value),
  'expected JSON data (finite numbers, at most 64 levels deep)',
);

export const JsonObjectSchema: z.ZodType<JsonObject> = z.custom<JsonObject>(
  (value) => isPlainObject(value) && isJsonValue(value),
  'expected a JSON object (finite numbers, at most 64 levels deep)',
);

/** A copy of plain JSON data that shares nothing with it: several times as fast as `structuredClone`. */
export function copyJson<T>(value: T): T;
export function copyJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copyJson(item));
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const held = copyJson((value as Record<string, unknown>)[key]);
    // A plain assignment would set the prototype instead.
    if (key === '__proto__')
      Object.defineProperty(copy, key, { value: held, enumerable: true, configurable: true, writable: true });
    else copy[key] = held;
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
