import { TrackerContractError } from '@spec-kitty/tracker-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mutationOf } from '../src/hostile/mutated.ts';
import { DEFAULT_SEED } from '../src/options.ts';
import { expectParser } from '../src/properties/parser.ts';
import { target } from '../src/target.ts';

type Parsed = Record<string, unknown>;

const isObject = (input: unknown): input is Parsed => typeof input === 'object' && input !== null;

function refuse(message = 'no', fieldPath = 'a'): never {
  throw new TrackerContractError(message, { fieldPath });
}

/** `{ a: text }` or an error, read with care. */
function sound(input: unknown): { a: string } {
  let a: unknown;
  try {
    a = isObject(input) ? input['a'] : undefined;
  } catch {
    refuse();
  }
  return typeof a === 'string' ? { a } : refuse();
}

const count = (input: unknown): number =>
  isObject(input) ? Object.values(input).reduce<number>((sum, item) => sum + count(item), 1) : 1;

/** Each mistake that a parser makes, and what the search says of it. */
const BROKEN: [string, (input: unknown) => unknown, RegExp][] = [
  ['reads without looking', (input) => ({ a: (input as Parsed)['a'] }), /without a code|no data|JSON/],
  [
    'throws an error of its own',
    (input) => (isObject(input) ? sound(input) : JSON.parse('{')),
    /without a code/,
  ],
  ['walks as deep as it goes', (input) => (count(input) > 0 ? sound(input) : refuse()), /Maximum call stack/],
  [
    'changes its input',
    (input) => {
      if (isObject(input) && Object.isExtensible(input)) input['seen'] = true;
      return sound(input);
    },
    /changed its input|without a code/,
  ],
  [
    'writes to prototypes',
    (input) => {
      const { a } = sound(input);
      const copy: Record<string, Parsed> = {};
      for (const key of Object.keys(input as Parsed)) Object.assign(copy[key] ?? {}, { polluted: 1 });
      return { a };
    },
    /polluted/,
  ],
  [
    'gives what it refuses',
    (input) => ({ a: `${sound(input).a}!`.slice(0, 1) === 'b' ? null : 5 }),
    /refuses what it gave/,
  ],
  ['gives another value each time', (input) => ({ a: `${sound(input).a}!` }), /another value/],
  [
    'repeats its input',
    (input) => (isObject(input) ? sound(input) : refuse(`no: ${String(input)}`)),
    /characters long|without a code/,
  ],
  ['says nothing', (input) => (isObject(input) ? sound(input) : refuse(' ')), /no words/],
  [
    'gives what JSON cannot hold',
    (input) => ({ a: sound(input).a, at: undefined, n: [Number.NaN, undefined] }),
    /./,
  ],
];

const RUNS = 1000;

describe('a parser that is broken is found', () => {
  const search = (parse: (input: unknown) => unknown) =>
    target({
      name: 'broken',
      runs: RUNS,
      input: mutationOf([{ a: 'text', b: { c: [1] } }], 'program'),
      check: (recipe) => expectParser(recipe, parse),
    }).search({ seed: DEFAULT_SEED, runs: RUNS });

  test('and a sound one is not', { timeout: 30_000 }, async () => {
    expect(await search(sound)).toEqual({ ok: true, runs: RUNS });
  });

  test.each(BROKEN)('one that %s', async (_, parse, problem) => {
    const outcome = await search(parse);
    expect(outcome).toMatchObject({ ok: false, seed: DEFAULT_SEED });
    expect(outcome).toHaveProperty('problem', expect.stringMatching(problem));
  });

  test('its failure is met again by seed and path alone', async () => {
    const found = target({
      name: 'odd',
      runs: 100,
      input: fc.nat(),
      check: (number) => expect(number).toBeLessThan(1000),
    });
    const first = await found.search({ seed: 1, runs: 100 });
    if (first.ok) throw new Error('it was not found');
    expect(first.input).toBe('1000');
    const again = await found.search({ seed: 1, runs: 100, path: first.path });
    expect(again).toMatchObject({ ok: false, input: '1000' });
  });
});
