import { parseArgs } from 'node:util';
import type { Settings } from './figures/figure.ts';

export interface BenchOptions extends Settings {
  json: boolean;
  /** Names of figures; all where there are none. */
  only: readonly string[];
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`--${name} takes a whole number from 1`);
  return value;
}

/** @throws TypeError or RangeError where an argument is not known or out of bounds. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', default: '5' },
      size: { type: 'string', default: '100000' },
    },
  });
  const { json, only, runs, size } = values;
  return { json, only, runs: wholeNumber('runs', runs), size: wholeNumber('size', size) };
}
