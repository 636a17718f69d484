import { isDeepStrictEqual } from 'node:util';
import { realised } from '../hostile/exotic.ts';
import type { Recipe } from '../hostile/json.ts';
import { type Expected, expectTyped, jsonOf, outcomeNow } from './outcome.ts';

/** Data as text; undefined where it holds what JSON does not, or cannot be read. */
function snapshot(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/**
 * A parser gives a value that it takes again unchanged, or throws an error of this project; and it changes nothing
 * that it was given.
 */
export function expectParser<T>(
  recipe: Recipe,
  parse: (input: unknown) => T,
  options: Expected = {},
): { value: T } | undefined {
  const input = realised(recipe);
  const plain = !JSON.stringify(recipe)?.includes('exotic:');
  const before = plain ? snapshot(input) : undefined;
  const outcome = outcomeNow(() => parse(input));
  if (plain && snapshot(input) !== before) throw new Error('it changed its input');
  if (!outcome.ok) {
    expectTyped(outcome.error, options);
    return undefined;
  }
  const text = jsonOf(outcome.value);
  const again = outcomeNow(() => parse(JSON.parse(text)));
  if (!again.ok) throw new Error('it refuses what it gave', { cause: again.error });
  if (!isDeepStrictEqual(JSON.parse(jsonOf(again.value)), JSON.parse(text))) {
    throw new Error(
      `parsed twice it is another value: ${text.slice(0, 500)} then ${jsonOf(again.value).slice(0, 500)}`,
    );
  }
  return { value: outcome.value };
}
