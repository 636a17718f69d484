import { UsageError } from '../config/usage-error.ts';
import { folded, line } from '../output/shown.ts';
import type { CommandContext } from './context.ts';

const ANSWER_WIDTH = 16;

/** The person ended the input, or pressed Ctrl-C. */
export class Declined extends Error {}

export interface Question<T> {
  /** By which it can be answered without a person. */
  flag: string;
  /** As it is asked, without the colon. */
  text: string;
  /** What an empty answer means; absent where there has to be an answer. */
  fallback?: { value: T; shown: string };
  parse: (text: string) => { value: T } | { problem: string };
}

/** Asks for what the command line did not say. Where nobody can answer, what has no default is collected instead. */
export class Interview {
  readonly #context: CommandContext;
  readonly #asks: boolean;
  readonly #missing: string[] = [];

  constructor(context: CommandContext, { defaults }: { defaults: boolean }) {
    this.#context = context;
    this.#asks = !defaults && context.io.ask !== undefined;
  }

  /** Undefined where the answer is missing. @throws Declined, UsageError for a given answer that is none. */
  async answer<T>({ flag, text, fallback, parse }: Question<T>, given?: string): Promise<T | undefined> {
    if (given !== undefined) {
      const parsed = parse(given);
      if ('value' in parsed) return parsed.value;
      const named = flag.replace(/ \(.*\)$|=…$/, '');
      throw new UsageError(`${named}: ${parsed.problem}`, {
        code: 'answer_invalid',
        fieldPath: named.split(' ')[0] ?? named,
      });
    }
    if (fallback && !this.#asks) return fallback.value;
    const { io, printer, signal } = this.#context;
    if (!io.ask) {
      this.#missing.push(flag);
      return undefined;
    }
    for (;;) {
      const question = line`${text}${fallback ? ` [${fallback.shown}]` : ''}:`;
      // A terminal would break a long one in the middle of a word; there shall be room for the answer, too.
      const lines = folded(question, printer.errorWidth - ANSWER_WIDTH, '  ');
      for (const each of lines.slice(0, -1)) printer.note(each);
      const answer = (await io.ask(`${lines.at(-1)?.plain ?? ''} `, signal))?.trim();
      if (answer === undefined || signal.aborted) throw new Declined();
      if (answer === '' && fallback) return fallback.value;
      const parsed = answer === '' ? { problem: 'this needs an answer' } : parse(answer);
      if ('value' in parsed) return parsed.value;
      printer.note(line`  ${parsed.problem}`);
    }
  }

  /** @throws UsageError naming everything that was not said. */
  requireAll(): void {
    if (this.#missing.length === 0) return;
    throw new UsageError(`nobody is there to answer, and this was not said: ${this.#missing.join(', ')}`, {
      code: 'answer_missing',
      fieldPath: this.#missing[0]?.split(' ')[0] ?? '',
      hint: 'Give these options and run it again.',
    });
  }
}
