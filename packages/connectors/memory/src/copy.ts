/** A copy of plain JSON data that shares nothing with it: several times as fast as `structuredClone`. */
export function copyOf<T>(value: T): T;
export function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copyOf(item));
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const held = copyOf((value as Record<string, unknown>)[key]);
    // A plain assignment would set the prototype instead.
    if (key === '__proto__')
      Object.defineProperty(copy, key, { value: held, enumerable: true, configurable: true, writable: true });
    else copy[key] = held;
  }
  return copy;
}
