import fc from 'fast-check';
import { EXOTIC_PREFIX, LARGE_NAMES, LIVE_NAMES } from './exotic.ts';

/** Anything that JSON can hold, with the names of exotic values in it. */
export type Recipe = string | number | boolean | null | Recipe[] | { [key: string]: Recipe };

/** Where input comes from: text that was parsed, or a program that hands values over. */
export type Origin = 'json' | 'program';

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'toJSON',
  'then',
  'length',
  '',
  ' ',
  '0',
  '-1',
  '\0',
  'a\0b',
  '\ud800',
  '\u202edesrever',
  'a.b',
  'a[0]',
  'customFields.x',
  'mission_key',
  '\u001b[31mred',
  '\u0085',
  'e\u0301',
  '\u00e9',
  'key '.repeat(1000),
];

const TEXTS = [
  ...KEYS,
  ' \t\n',
  '\r\n',
  '\ufeff',
  '\u200f\u200e\u2066',
  '\u{1f9ea}',
  '\udfff',
  '%',
  '%3A',
  '%25',
  ':',
  'a:b:c',
  'draft:1',
  '-rf',
  '--help',
  "' OR 1=1 --",
  '$' + '{env:HOME}',
  '<!-- -->',
  '<!-- spec-kitty-mission {} -->',
  '1e999',
  '0x10',
  'NaN',
  'null',
  '[object Object]',
  '2026-02-30T00:00:00Z',
  '2026-01-01T00:00:00',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '9999-12-31T23:59:59.999-23:59',
  '2026-01-01T00:00:00.123456789+14:00',
  'x'.repeat(2049),
];

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  4,
  5,
  64,
  255,
  1e21,
  -1e21,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 1,
  Number.MIN_SAFE_INTEGER,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  2 ** 31,
  2 ** 32,
  8.64e15,
  8.64e15 + 1,
];

export const hostileKey: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...KEYS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
);

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
);

export const hostileNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const named = (names: readonly string[]): fc.Arbitrary<string> =>
  fc.constantFrom(...names.map((name) => EXOTIC_PREFIX + name));

/** One value of that origin: a leaf, an exotic value, or a little tree of both. */
export function hostileValue(origin: Origin): fc.Arbitrary<Recipe> {
  const { tree } = fc.letrec<{ tree: Recipe }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
      { weight: 2, arbitrary: fc.constantFrom<Recipe>(null, true, false, [], {}) },
      { weight: 3, arbitrary: hostileText },
      { weight: 2, arbitrary: hostileNumber },
      { weight: 1, arbitrary: named(LARGE_NAMES) },
      ...(origin === 'program' ? [{ weight: 6, arbitrary: named(LIVE_NAMES) }] : []),
      { weight: 1, arbitrary: fc.array(tie('tree'), { maxLength: 3 }) },
      {
        weight: 1,
        arbitrary: fc
          .array(fc.tuple(hostileKey, tie('tree')), { maxLength: 3 })
          .map((entries): Recipe => Object.fromEntries(entries)),
      },
    ),
  }));
  return tree;
}
