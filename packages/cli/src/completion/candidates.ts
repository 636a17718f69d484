import type { Argument, Command, Option } from 'commander';

/** What may stand at the cursor. */
export interface Candidate {
  text: string;
  description?: string;
}

export interface Completion {
  candidates: Candidate[];
  /** Files, by the shell itself. */
  files: boolean;
}

/** What the words mean that stand before the cursor. */
interface Position {
  command: Command;
  /** The option whose value stands at the cursor. */
  option?: Option;
  /** Arguments of the command that were given. */
  given: number;
  /** After `--`: no options any more. */
  ended: boolean;
  config: string | undefined;
}

/**
 * Candidates for the last of `words` (empty where nothing is typed yet), from the definition of the program alone.
 * `bindings` gives the names of a config file, the nearest one where none is named.
 */
export function complete(
  program: Command,
  words: readonly string[],
  bindings: (config: string | undefined) => string[],
): Completion {
  // Bash makes three words of --option=value.
  const [current = '', ...before] = words.filter((word) => word !== '=').toReversed();
  const atEquals = words.at(-1) === '=';
  const position = positionAfter(program, (atEquals ? [current, ...before] : before).toReversed());
  const typed = atEquals ? '' : current;
  const { command, option, given, ended, config } = position;
  const names = (): string[] => bindings(config);
  if (option) return matching(valuesOf(option, names), typed);
  const [, long, value] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? [];
  const joined = ended ? undefined : optionsOf(command).find((each) => each.long === long);
  if (joined && value !== undefined) {
    const { candidates } = matching(valuesOf(joined, names), value);
    return { candidates: candidates.map(({ text }) => ({ text: `${long}=${text}` })), files: false };
  }
  if (typed.startsWith('-') && !ended) {
    const flags = optionsOf(command).flatMap((each) =>
      each.long ? [described(each.long, each.description)] : [],
    );
    return matching({ candidates: flags, files: false }, typed);
  }
  const commands =
    given > 0 ? [] : visible(command).map((each) => described(each.name(), each.description()));
  const argument = argumentAt(command, given);
  const values = argument ? valuesOf(argument, names) : { candidates: [], files: false };
  return matching({ ...values, candidates: [...commands, ...values.candidates] }, typed);
}

function positionAfter(program: Command, words: readonly string[]): Position {
  const position: Position = { command: program, given: 0, ended: false, config: undefined };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') {
      position.ended = true;
    } else if (word.startsWith('-') && !position.ended) {
      const [flag, joined] = word.split(/=(.*)/s);
      const option = optionsOf(position.command).find(({ long, short }) => flag === long || flag === short);
      if (!option || !(option.required || option.optional) || joined !== undefined) {
        if (option?.long === '--config') position.config = joined;
        continue;
      }
      if (index === words.length - 1) return { ...position, option };
      index += 1;
      if (option.long === '--config') position.config = words[index];
    } else {
      const command =
        position.given > 0 ? undefined : position.command.commands.find((each) => each.name() === word);
      if (command) position.command = command;
      else position.given += 1;
    }
  }
  return position;
}

/** Those of the command and of all above it. */
function optionsOf(command: Command): Option[] {
  const help = command.createHelp();
  help.showGlobalOptions = true;
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

function visible(command: Command): Command[] {
  return command.createHelp().visibleCommands(command);
}

/** The last one may take all the rest. */
function argumentAt({ registeredArguments }: Command, index: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[index] ?? (last?.variadic ? last : undefined);
}

function valuesOf(of: Option | Argument, bindings: () => string[]): Completion {
  const placeholder = 'flags' in of ? /[<[]([^>\]]+)[>\]]/.exec(of.flags)?.[1] : of.name();
  const isBinding = placeholder === 'binding' || ('long' in of && of.long === '--binding');
  const values = of.argChoices ?? (isBinding ? bindings() : []);
  return { candidates: values.map((text) => ({ text })), files: placeholder === 'file' };
}

function matching({ candidates, files }: Completion, typed: string): Completion {
  return { candidates: candidates.filter(({ text }) => text.startsWith(typed)), files };
}

function described(text: string, description: string): Candidate {
  return { text, description };
}
