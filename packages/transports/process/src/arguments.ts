import { TrackerContractError } from '@spec-kitty/tracker-core';

/** In bytes. Linux takes 131,072 for one argument, its end included; Windows takes 32,767 characters for all. */
export const MAX_ARGUMENT_BYTES = 131_071;
/** In bytes, of all arguments together. */
export const MAX_ARGUMENTS_BYTES = 1_000_000;

function refuse(reason: string, message: string, fieldPath: string): never {
  throw new TrackerContractError(message, { provider: 'process', kind: 'argument', reason, fieldPath });
}

/**
 * `--name=value`: one argument, so that the value is a value whatever it begins with.
 * @throws TypeError where the name is no long option's; TrackerContractError, kind `argument`, reason `nul` or `length`.
 */
export function option(name: string, value: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(name)) throw new TypeError(`"${name}" is no name of an option`);
  const argument = `--${name}=${value}`;
  assertArgument(argument, name);
  return argument;
}

/**
 * A value that stands by itself. One that begins with `-` would be read as a flag, and is refused.
 * @param name what the value is, for the message.
 * @throws TrackerContractError, kind `argument`, reason `flag`, `blank`, `nul` or `length`.
 */
export function positional(value: string, name: string): string {
  if (value.startsWith('-'))
    refuse('flag', `${name} begins with "-" and would be taken for a flag of the command`, name);
  if (value.trim() === '') refuse('blank', `${name} is blank`, name);
  assertArgument(value, name);
  return value;
}

function assertArgument(argument: string, name: string): void {
  if (argument.includes('\0')) refuse('nul', `${name} holds a NUL, which no command can be given`, name);
  if (Buffer.byteLength(argument) > MAX_ARGUMENT_BYTES) {
    const limit = MAX_ARGUMENT_BYTES.toLocaleString('en-US');
    refuse('length', `${name} is longer than the ${limit} bytes that a command can be given at once`, name);
  }
}

/** What every command line has to meet, however it was made. @throws TrackerContractError, kind `argument`. */
export function assertArguments(args: readonly string[]): void {
  let total = 0;
  for (const [index, argument] of args.entries()) {
    assertArgument(argument, `args[${index}]`);
    total += Buffer.byteLength(argument) + 1;
  }
  if (total > MAX_ARGUMENTS_BYTES) {
    const limit = MAX_ARGUMENTS_BYTES.toLocaleString('en-US');
    refuse('length', `the arguments are longer than ${limit} bytes together`, 'args');
  }
}
