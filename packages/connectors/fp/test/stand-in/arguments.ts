/** What was typed behind a command: its options and what stands alone. */
export interface Typed {
  options: Map<string, string[]>;
  alone: string[];
}

export class Refusal extends Error {}

/** Reads `--name=value` and `--name value`; an option that the command does not know is refused, as is one without a value. */
export function read(args: readonly string[], known: readonly string[]): Typed {
  const typed: Typed = { options: new Map(), alone: [] };
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? '';
    if (!argument.startsWith('-')) {
      typed.alone.push(argument);
      continue;
    }
    const [flag = '', ...rest] = argument.split('=');
    const name = flag.replace(/^--/, '');
    if (!flag.startsWith('--') || !known.includes(name)) throw new Refusal(`error: unknown option '${flag}'`);
    let value = rest.join('=');
    if (rest.length === 0) {
      index += 1;
      const next = args[index];
      if (next === undefined || next.startsWith('-'))
        throw new Refusal(`error: option '--${name} <value>' argument missing`);
      value = next;
    }
    typed.options.set(name, [...(typed.options.get(name) ?? []), value]);
  }
  return typed;
}
