/**
 * Values that JSON cannot hold, or that would fill a screen, by name. Inputs are generated with the name in place of the
 * value, so that they print, shrink and replay as plain JSON; the value is made anew for every run.
 */
export const EXOTIC_PREFIX = '\u0001exotic:';

const DEEP = 10_000;

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

/** Long, deep and wide, and still data that JSON holds. */
const LARGE: Record<string, () => unknown> = {
  'deep list': () => nested(DEEP, (inner) => [inner]),
  'deep object': () => nested(DEEP, (inner) => ({ a: inner })),
  'just too deep': () => nested(65, (inner) => ({ a: [inner] })),
  'long text': () => 'x'.repeat(100_000),
  'long text of lone surrogates': () => '\ud800'.repeat(20_000),
  'long list': () => Array<number>(20_000).fill(0),
  'long list of empty objects': () => Array.from({ length: 5000 }, () => ({})),
  'many keys': () => Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key ${index}`, index])),
};

const thrower = (): never => {
  throw new Error('reading it throws');
};

class Instance {
  readonly field = 1;
  get #hidden(): number {
    return this.field;
  }
  get shown(): number {
    return this.#hidden;
  }
}

function cyclic(): object {
  const value: Record<string, unknown> = { a: 1 };
  value['itself'] = value;
  return value;
}

/** Each walk of it doubles at every level: 2 to the power of the depth. */
function bushyCycle(): object {
  const value: Record<string, unknown> = {};
  value['left'] = value;
  value['right'] = value;
  return value;
}

/** No cycle, sixty levels, and 2 to the power of sixty leaves. */
function shared(): unknown {
  return nested(60, (inner) => [inner, inner]);
}

function flipping(first: unknown, later: unknown): object {
  let reads = 0;
  return Object.defineProperty({}, 'flips', {
    enumerable: true,
    get: () => (reads++ === 0 ? first : later),
  });
}

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** What only a program can hand in: a connector, a plugin, a host without types. */
const LIVE: Record<string, () => unknown> = {
  undefined: () => undefined,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  'minus Infinity': () => Number.NEGATIVE_INFINITY,
  'big integer': () => 1n,
  symbol: () => Symbol('symbol'),
  // As a `then` it settles: what never answers is nobody's to parse.
  function: () => (settle?: unknown) => (typeof settle === 'function' ? settle(1) : 1),
  date: () => new Date(0),
  'invalid date': () => new Date(Number.NaN),
  map: () => new Map([['a', 1]]),
  set: () => new Set([1]),
  'regular expression': () => /x/g,
  instance: () => new Instance(),
  'boxed text': () => Object('text'),
  bytes: () => new Uint8Array([1, 2, 3]),
  promise: () => Promise.resolve(1),
  error: () => new Error('an error as data'),
  'no prototype': () => Object.assign(Object.create(null), { a: 1 }),
  heir: () => Object.create({ title: 'inherited', ref: { system: 's', workspace: 'w', id: '1' } }),
  'symbol keys': () => ({ a: 1, [Symbol('hidden')]: 1, [Symbol.toPrimitive]: thrower }),
  holes: () => Object.assign(new Array(3), { 1: 'x' }),
  'endless holes': () => Object.assign([], { length: 4_294_967_295 }),
  'list with keys': () => Object.assign(['x'], { extra: 1 }),
  'own toJSON': () => ({ toJSON: () => ({ polluted: 1 }) }),
  // biome-ignore lint/suspicious/noThenProperty: that is what makes it hostile
  'own then': () => ({ then: thrower }),
  'own toString': () => ({ toString: thrower, valueOf: thrower }),
  'getter that throws': () => Object.defineProperty({}, 'a', { enumerable: true, get: thrower }),
  'list whose element throws': () => Object.defineProperty([1], 0, { enumerable: true, get: thrower }),
  'getter that flips': () => flipping('a', 1n),
  'getter that grows': () =>
    flipping(
      'a',
      nested(DEEP, (inner) => [inner]),
    ),
  'proxy that throws': () =>
    new Proxy({}, { get: thrower, has: thrower, ownKeys: thrower, getPrototypeOf: thrower }),
  'proxy that gives anything': () => new Proxy({}, { get: () => 'x', has: () => true }),
  'revoked proxy': () => revoked({}),
  'revoked list': () => revoked([]),
  cycle: cyclic,
  'cycle that doubles': bushyCycle,
  'shared sixty levels deep': shared,
};

export const LARGE_NAMES: readonly string[] = Object.keys(LARGE);
export const LIVE_NAMES: readonly string[] = Object.keys(LIVE);

const MAKERS: ReadonlyMap<string, () => unknown> = new Map(Object.entries({ ...LARGE, ...LIVE }));

function made(text: string): unknown {
  if (!text.startsWith(EXOTIC_PREFIX)) return text;
  const make = MAKERS.get(text.slice(EXOTIC_PREFIX.length));
  return make ? make() : text;
}

/** The input with every name replaced by the value that it stands for; a copy that shares nothing. */
export function realised(recipe: unknown): unknown {
  if (typeof recipe === 'string') return made(recipe);
  if (typeof recipe !== 'object' || recipe === null) return recipe;
  if (Array.isArray(recipe)) return recipe.map(realised);
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(recipe)) setOwn(copy, key, realised(item));
  return copy;
}

/** The same as JSON text: what is too deep to be written by a program can still be sent. */
export function textOf(recipe: unknown): string {
  const text = JSON.stringify(recipe) ?? '';
  return text.replace(/"\\u0001exotic:([^"\\]+)"/g, (_, name: string) => {
    if (name === 'deep list') return '['.repeat(DEEP) + ']'.repeat(DEEP);
    if (name === 'deep object') return `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`;
    return JSON.stringify(MAKERS.get(name)?.()) ?? 'null';
  });
}

/** A plain assignment to `__proto__` would set the prototype instead. */
export function setOwn(holder: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}
