import { AzureRefusal } from './refusal.ts';

/** Values of an item's fields, by their reference names; a date is a number. */
export type WiqlValues = Readonly<Record<string, string | number | readonly string[]>>;

export interface WiqlContext {
  project: string;
  /** The display name of whoever asks. */
  me: string;
  timePrecision: boolean;
}

export interface WiqlQuery {
  matches(values: WiqlValues): boolean;
  compare(a: WiqlValues, b: WiqlValues): number;
}

const MAX_LENGTH = 32_000;
const DATES = new Set(['System.ChangedDate', 'System.CreatedDate']);
const NUMBERS = new Set(['System.Id', 'System.Rev', 'System.RelatedLinkCount']);
const TEXTS = new Set(['System.TeamProject', 'System.CreatedBy', 'System.Title', 'System.Tags']);
const TOKEN = /\s*(\[[A-Za-z.]+\]|'(?:[^']|'')*'|@[A-Za-z]+|\d+|<>|>=|<=|[=<>(),]|[A-Za-z]+)/y;

function refused(message: string): AzureRefusal {
  return new AzureRefusal(400, 'WorkItemTrackingQueryException', `TF51006: The query statement ${message}`);
}

/**
 * A flat query over the fields that are known here.
 * https://learn.microsoft.com/en-us/azure/devops/boards/queries/wiql-syntax
 */
export function parseWiql(text: string, context: WiqlContext): WiqlQuery {
  if (text.length > MAX_LENGTH) throw refused('is longer than 32,000 characters.');
  return new Parser(tokens(text), context).query();
}

function tokens(text: string): string[] {
  const found: string[] = [];
  const wanted = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  while (wanted.lastIndex < end) {
    const at = wanted.lastIndex;
    const match = wanted.exec(text);
    if (!match) throw refused(`cannot be read at character ${at}: «${text.slice(at, at + 20)}».`);
    found.push(match[1] ?? '');
  }
  return found;
}

type Test = (values: WiqlValues) => boolean;

class Parser {
  readonly #tokens: string[];
  readonly #context: WiqlContext;
  #at = 0;

  constructor(all: string[], context: WiqlContext) {
    this.#tokens = all;
    this.#context = context;
  }

  query(): WiqlQuery {
    this.#word('SELECT');
    if (this.#field() !== 'System.Id') throw refused('selects a field that nobody asked for here.');
    this.#word('FROM');
    this.#word('WorkItems');
    this.#word('WHERE');
    const matches = this.#or();
    const order: string[] = [];
    if (this.#peek()?.toUpperCase() === 'ORDER') {
      this.#word('ORDER');
      this.#word('BY');
      do order.push(this.#field());
      while (this.#takes(','));
    }
    if (this.#peek() !== undefined) throw refused(`has something after its end: «${this.#peek()}».`);
    return {
      matches,
      compare: (a, b) => {
        for (const field of order) {
          const difference = Number(a[field]) - Number(b[field]);
          if (difference !== 0) return difference;
        }
        return 0;
      },
    };
  }

  #or(): Test {
    const parts = [this.#and()];
    while (this.#takes('OR')) parts.push(this.#and());
    return (values) => parts.some((part) => part(values));
  }

  #and(): Test {
    const parts = [this.#one()];
    while (this.#takes('AND')) parts.push(this.#one());
    return (values) => parts.every((part) => part(values));
  }

  #one(): Test {
    if (this.#takes('(')) {
      const inside = this.#or();
      if (!this.#takes(')')) throw refused('has a parenthesis that is not closed.');
      return inside;
    }
    const field = this.#field();
    const operator = (this.#next() ?? '').toUpperCase();
    if (operator === 'CONTAINS') {
      const wanted = this.#text(field).toLowerCase();
      return (values) => {
        const value = values[field] ?? '';
        return typeof value === 'object'
          ? value.some((one) => one.toLowerCase() === wanted)
          : String(value).toLowerCase().includes(wanted);
      };
    }
    const wanted = this.#value(field);
    const compare = (values: WiqlValues): number => {
      const value = values[field] ?? '';
      if (typeof wanted === 'number') return Number(value) - wanted;
      return String(value).toLowerCase().localeCompare(wanted.toLowerCase(), 'en');
    };
    const tests: Record<string, Test> = {
      '=': (values) => compare(values) === 0,
      '<>': (values) => compare(values) !== 0,
      '>': (values) => compare(values) > 0,
      '>=': (values) => compare(values) >= 0,
      '<': (values) => compare(values) < 0,
      '<=': (values) => compare(values) <= 0,
    };
    const test = Object.entries(tests).find(([name]) => name === operator)?.[1];
    if (!test) throw refused(`has the unknown operator «${operator}».`);
    return test;
  }

  #value(field: string): string | number {
    if (NUMBERS.has(field)) {
      const token = this.#next() ?? '';
      if (!/^\d+$/.test(token)) throw refused(`compares ${field} with «${token}».`);
      return Number(token);
    }
    if (DATES.has(field)) return this.#date(field);
    return this.#text(field);
  }

  #date(field: string): number {
    const text = this.#text(field);
    const day = /^\d{4}-\d\d-\d\d$/.test(text);
    if (!day && !this.#context.timePrecision)
      throw refused(
        `supplies a time with the date when running a query using date precision. The error is caused by «[${field}] '${text}'».`,
      );
    if (!day && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text))
      throw refused(`has a date that cannot be read: «${text}».`);
    return Date.parse(text);
  }

  #text(field: string): string {
    const token = this.#next() ?? '';
    if (token === '@project' && field === 'System.TeamProject') return this.#context.project;
    if (/^@me$/i.test(token) && field === 'System.CreatedBy') return this.#context.me;
    if (!token.startsWith("'")) throw refused(`compares ${field} with «${token}».`);
    return token.slice(1, -1).replaceAll("''", "'");
  }

  #field(): string {
    const token = this.#next() ?? '';
    const name = token.startsWith('[') ? token.slice(1, -1) : '';
    if (!DATES.has(name) && !NUMBERS.has(name) && !TEXTS.has(name))
      throw new AzureRefusal(
        400,
        'WorkItemTrackingQueryException',
        `TF51005: The query references a field that does not exist. The error is caused by «${token}».`,
      );
    return name;
  }

  #word(word: string): void {
    if (!this.#takes(word)) throw refused(`is expected to have «${word}» where it has «${this.#peek()}».`);
  }

  #takes(word: string): boolean {
    if (this.#peek()?.toUpperCase() !== word.toUpperCase()) return false;
    this.#at += 1;
    return true;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #next(): string | undefined {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return token;
  }
}
