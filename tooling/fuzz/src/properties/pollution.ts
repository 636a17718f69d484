/** Everything that a careless copy could write to. */
const SHARED: readonly [string, object][] = [
  ['Object.prototype', Object.prototype],
  ['Object', Object],
  ['Array.prototype', Array.prototype],
  ['Function.prototype', Function.prototype],
  ['String.prototype', String.prototype],
  ['Number.prototype', Number.prototype],
  ['Boolean.prototype', Boolean.prototype],
  ['Map.prototype', Map.prototype],
  ['Set.prototype', Set.prototype],
  ['Date.prototype', Date.prototype],
  ['RegExp.prototype', RegExp.prototype],
  ['Promise.prototype', Promise.prototype],
  ['Error.prototype', Error.prototype],
];

const before: ReadonlyMap<object, Map<PropertyKey, unknown>> = new Map(
  SHARED.map(([, holder]) => [holder, valuesOf(holder)]),
);

function valuesOf(holder: object): Map<PropertyKey, unknown> {
  return new Map(
    Reflect.ownKeys(holder).map((key) => {
      const { value, get } = Object.getOwnPropertyDescriptor(holder, key) ?? {};
      return [key, get ?? value];
    }),
  );
}

/** What was changed on a shared prototype since this module was loaded; put back, so that one run tells of itself alone. */
export function pollution(): string | undefined {
  let found: string | undefined;
  for (const [name, holder] of SHARED) {
    const known = before.get(holder);
    for (const [key, value] of valuesOf(holder)) {
      if (known?.has(key) && known.get(key) === value) continue;
      found ??= `${name}.${String(key)}`;
      if (known?.has(key)) Object.defineProperty(holder, key, { value: known.get(key) });
      else Reflect.deleteProperty(holder, key);
    }
  }
  return found;
}
