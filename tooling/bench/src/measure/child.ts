import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Numbers by name, as a measuring process writes them. */
export type Numbers = Record<string, number>;

function parseNumbers(text: string): Numbers {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null)
    throw new TypeError('a measuring process wrote no object');
  const numbers: Numbers = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value !== 'number') throw new TypeError(`a measuring process wrote ${name} as no number`);
    numbers[name] = value;
  }
  return numbers;
}

/** Runs a script of this package in a process of its own, so that no measurement warms up or burdens another one. */
export async function measureInChild(
  script: URL,
  args: readonly (string | number)[],
  nodeOptions: readonly string[] = [],
): Promise<Numbers> {
  const { stdout } = await run(process.execPath, [
    ...nodeOptions,
    fileURLToPath(script),
    ...args.map(String),
  ]);
  return parseNumbers(stdout);
}

/** What a child measured under a name. */
export function numberOf(numbers: Numbers, name: string): number {
  const value = numbers[name];
  if (value === undefined) throw new TypeError(`a measuring process wrote no ${name}`);
  return value;
}

/** For the child: its arguments as whole numbers. */
export function numericArguments(): number[] {
  return process.argv.slice(2).map((text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 0)
      throw new TypeError(`expected a whole number, not ${text}`);
    return value;
  });
}

/** For the child: hands its measurements over. */
export function report(numbers: Numbers): void {
  process.stdout.write(JSON.stringify(numbers));
}
