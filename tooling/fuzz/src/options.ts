import { parseArgs } from 'node:util';

/** The seed of the test run; any other number searches elsewhere. */
export const DEFAULT_SEED = 20_260_101;

export interface FuzzOptions {
  /** All where there are none. */
  targets: readonly string[];
  /** For each target; its own number unless given. */
  runs: number | undefined;
  seed: number;
  /** Of one failure that was printed: only that input is run. */
  path: string | undefined;
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`--${name} takes a whole number from ${least}`);
  return value;
}

/** @throws TypeError or RangeError where an argument is not known or out of bounds. */
export function parseOptions(args: readonly string[], known: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string' },
      seed: { type: 'string', default: String(DEFAULT_SEED) },
      path: { type: 'string' },
    },
  });
  const { target: targets, runs, seed, path } = values;
  const unknown = targets.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new RangeError(`--target takes ${known.join(', ')}; not ${unknown.join(', ')}`);
  if (path !== undefined && targets.length !== 1)
    throw new RangeError('--path belongs to one --target and its --seed');
  return {
    targets,
    runs: runs === undefined ? undefined : wholeNumber('runs', runs, 1),
    seed: wholeNumber('seed', seed, -(2 ** 31)),
    path,
  };
}
