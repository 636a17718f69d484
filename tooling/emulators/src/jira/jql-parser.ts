import { JiraRefusal } from './refusal.ts';

export type JqlClause =
  | { kind: 'and' | 'or'; clauses: JqlClause[] }
  | { kind: 'not'; clause: JqlClause }
  | { kind: 'term'; field: string; operator: string; values: string[] };
export interface Jql {
  where: JqlClause | undefined;
  orderBy: { field: string; descending: boolean }[];
}

interface Token {
  kind: 'word' | 'text' | 'sign';
  text: string;
}

/** Some of the words that must stand in quotation marks: https://support.atlassian.com/jira-software-cloud/docs/what-is-advanced-search-in-jira-cloud/ */
const RESERVED = new Set(
  (
    'abort access add after alias all alter and any as asc audit avg before begin between boolean break by byte ' +
    'catch cf changed char character check checkpoint collate collation column commit connect continue count create ' +
    'current date decimal declare decrement default defaults define delete delimiter desc difference distinct divide ' +
    'do double drop else empty encoding end equals escape exclusive exec execute exists explain false fetch file ' +
    'field first float for from function go goto grant greater group having identified if immediate in increment ' +
    'index initial inner inout input insert int integer intersect intersection into is isempty isnull join last left ' +
    'less like limit lock long max min minus mode modify modulo more multiply next noaudit not notin nowait null ' +
    'number object of on option or order outer output power previous prior privileges public raise raw remainder ' +
    'rename resource return returns revoke right row rowid rownum rows select session set share size sqrt start ' +
    'strict string subtract sum synonym table then to trans transaction trigger true uid union unique update user ' +
    'validate values view when whenever where while with'
  ).split(' '),
);
const MAX_ORDER = 7;

function refuse(message: string): never {
  throw new JiraRefusal(400, `Error in the JQL Query: ${message}`);
}

function tokensOf(jql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < jql.length; ) {
    const rest = jql.slice(at);
    const space = /^\s+/.exec(rest)?.[0];
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const quote = rest[0];
    if (quote === '"' || quote === "'") {
      let text = '';
      let end = 1;
      for (; rest[end] !== quote; end += 1) {
        const char = rest[end];
        if (char === undefined) return refuse('The quoted string has not been completed.');
        if (/[\n\r]/.test(char)) return refuse('Illegal new line in a quoted string.');
        if (char !== '\\') text += char;
        else {
          end += 1;
          const escaped = rest[end] ?? '';
          const known: Record<string, string> = {
            n: '\n',
            r: '\r',
            t: '\t',
            '"': '"',
            "'": "'",
            '\\': '\\',
            ' ': ' ',
          };
          const unicode = /^u([0-9a-fA-F]{4})/.exec(rest.slice(end))?.[1];
          if (unicode !== undefined) {
            text += String.fromCharCode(Number.parseInt(unicode, 16));
            end += 4;
          } else if (known[escaped] === undefined)
            return refuse(`'\\${escaped}' is an illegal JQL escape sequence.`);
          else text += known[escaped];
        }
      }
      tokens.push({ kind: 'text', text });
      at += end + 1;
      continue;
    }
    const sign = /^(?:!=|!~|>=|<=|[=<>~(),])/.exec(rest)?.[0];
    if (sign !== undefined) {
      tokens.push({ kind: 'sign', text: sign });
      at += sign.length;
      continue;
    }
    const word = /^[^\s"'=!<>~(),[\]{};:/&|*+^@#%$?`\\]+/.exec(rest)?.[0];
    if (word === undefined) return refuse(`The character '${rest[0]}' is a reserved JQL character.`);
    tokens.push({ kind: 'word', text: word });
    at += word.length;
  }
  return tokens;
}

/** @throws JiraRefusal 400 */
export function parseJql(jql: string): Jql {
  const tokens = tokensOf(jql);
  let at = 0;
  const peek = (): Token | undefined => tokens[at];
  const isWord = (word: string): boolean => {
    const next = peek();
    return next?.kind === 'word' && next.text.toLowerCase() === word;
  };
  const accept = (text: string): boolean => {
    const next = peek();
    if (!(isWord(text) || (next?.kind === 'sign' && next.text === text))) return false;
    at += 1;
    return true;
  };
  const value = (): string => {
    const next = peek();
    if (!next || next.kind === 'sign')
      return refuse(`Expecting a value but got '${next?.text ?? 'the end'}'.`);
    if (next.kind === 'word' && RESERVED.has(next.text.toLowerCase()))
      return refuse(
        `'${next.text}' is a reserved JQL word. You must surround it in quotation marks to use it.`,
      );
    at += 1;
    return next.text;
  };
  const term = (): JqlClause => {
    if (accept('not')) return { kind: 'not', clause: term() };
    if (accept('(')) {
      const inner = either();
      if (!accept(')')) return refuse("Expecting ')'.");
      return inner;
    }
    const field = value().toLowerCase();
    const negated = isWord('not');
    if (negated) at += 1;
    const next = peek();
    if (accept('in')) {
      if (!accept('(')) return refuse("Expecting '('.");
      const values = [value()];
      while (accept(',')) values.push(value());
      if (!accept(')')) return refuse("Expecting ')' or ','.");
      return { kind: 'term', field, operator: negated ? 'not in' : 'in', values };
    }
    if (negated || next?.kind !== 'sign' || !/^(?:!?=|!?~|[<>]=?)$/.test(next.text))
      return refuse(`Expecting operator but got '${next?.text ?? 'the end'}'.`);
    at += 1;
    return { kind: 'term', field, operator: next.text, values: [value()] };
  };
  const both = (): JqlClause => {
    const clauses = [term()];
    while (accept('and')) clauses.push(term());
    const [only] = clauses;
    return clauses.length === 1 && only ? only : { kind: 'and', clauses };
  };
  const either = (): JqlClause => {
    const clauses = [both()];
    while (accept('or')) clauses.push(both());
    const [only] = clauses;
    return clauses.length === 1 && only ? only : { kind: 'or', clauses };
  };
  const where = peek() && !isWord('order') ? either() : undefined;
  const orderBy: Jql['orderBy'] = [];
  if (accept('order')) {
    if (!accept('by')) return refuse("Expecting 'by'.");
    do {
      const field = value().toLowerCase();
      const descending = accept('desc');
      if (!descending) accept('asc');
      orderBy.push({ field, descending });
    } while (accept(','));
  }
  const left = peek();
  if (left) return refuse(`Expecting either 'OR' or 'AND' but got '${left.text}'.`);
  if (orderBy.length > MAX_ORDER) return refuse('orderBy clause can contain a maximum of 7 fields.');
  return { where, orderBy };
}
