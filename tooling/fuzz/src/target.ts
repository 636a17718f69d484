import fc from 'fast-check';
import { pollution } from './properties/pollution.ts';

/** Something that parses outside input, and what must hold for it. */
export interface FuzzTarget {
  readonly name: string;
  /** Runs in the test run: chosen so that all targets together take about a minute of one core. */
  readonly runs: number;
  /** Throws, once shrunk, with the seed, the path and the smallest input. */
  readonly search: (search: SearchOptions) => Promise<SearchOutcome>;
}

export interface SearchOptions {
  seed: number;
  runs: number;
  /** Where in the search a failure was, as it was printed: only that is run. */
  path?: string | undefined;
  /** Called before each run. */
  onRun?: (() => void) | undefined;
}

export type SearchOutcome =
  | { ok: true; runs: number }
  | { ok: false; runs: number; seed: number; path: string; input: string; problem: string };

const LONGEST_INPUT = 4000;

const shown = (input: unknown): string => {
  const text = JSON.stringify(input) ?? String(input);
  return text.length <= LONGEST_INPUT ? text : `${text.slice(0, LONGEST_INPUT)}… (${text.length} characters)`;
};

function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stack = error.message, cause } = error;
  return cause instanceof Error ? `${stack}\n  caused by ${cause.stack ?? cause.message}` : stack;
}

/** A target over inputs of one kind. Inputs are plain data, so that they can be printed. */
export function target<Input>(definition: {
  name: string;
  runs: number;
  input: fc.Arbitrary<Input>;
  /** Throws where a property does not hold. */
  check: (input: Input) => unknown;
}): FuzzTarget {
  const { name, runs, input, check } = definition;
  const checked = async (value: Input): Promise<void> => {
    await check(value);
    const found = pollution();
    if (found !== undefined) throw new Error(`prototypes are polluted: ${found}`);
  };
  return {
    name,
    runs,
    async search({ seed, runs: numRuns, path, onRun }) {
      const property = fc.asyncProperty(input, async (value) => {
        onRun?.();
        await checked(value);
      });
      const details = await fc.check(property, { seed, numRuns, ...(path === undefined ? {} : { path }) });
      if (!details.failed) return { ok: true, runs: details.numRuns };
      return {
        ok: false,
        runs: details.numRuns,
        seed: details.seed,
        path: details.counterexamplePath ?? '',
        input: shown(details.counterexample?.[0]),
        problem: problemOf(details.errorInstance),
      };
    },
  };
}
