import { adfText } from './adf-check.ts';
import { type Jql, type JqlClause, parseJql } from './jql-parser.ts';
import { JiraRefusal } from './refusal.ts';
import type { JiraIssue, JiraState } from './state.ts';
import { instantOf } from './zone.ts';

export interface JqlSearch {
  matches(issue: JiraIssue): boolean;
  /** Where an issue stands: of two, the lesser text comes first. */
  placeOf(issue: JiraIssue): string;
}

/** Words that no index holds. */
const STOP_WORDS = new Set(
  'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'.split(
    ' ',
  ),
);
type Test = (issue: JiraIssue) => boolean;

function refuse(message: string): never {
  throw new JiraRefusal(400, message);
}

/** What a query looks for, in the time zone of whoever asks. @throws JiraRefusal 400 */
export function searchOf(jql: string, state: JiraState, timeZone: string): JqlSearch {
  const parsed: Jql = parseJql(jql);
  if (!parsed.where)
    return refuse(
      'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.',
    );
  const matches = testOf(parsed.where, state, timeZone);
  const fields = parsed.orderBy.map(({ field, descending }) => {
    if (descending || !['updated', 'created', 'key'].includes(field))
      return refuse('this emulator orders by updated, created and key, upwards, alone');
    return field;
  });
  return {
    matches,
    placeOf: (issue) =>
      [...fields, 'id']
        .map((field) => {
          if (field === 'updated' || field === 'created') return String(issue[field]).padStart(15, '0');
          const number = field === 'key' ? (issue.key.split('-')[1] ?? '') : issue.id;
          return number.padStart(12, '0');
        })
        .join(' '),
  };
}

function testOf(clause: JqlClause, state: JiraState, timeZone: string): Test {
  switch (clause.kind) {
    case 'and': {
      const tests = clause.clauses.map((one) => testOf(one, state, timeZone));
      return (issue) => tests.every((test) => test(issue));
    }
    case 'or': {
      const tests = clause.clauses.map((one) => testOf(one, state, timeZone));
      return (issue) => tests.some((test) => test(issue));
    }
    case 'not': {
      const test = testOf(clause.clause, state, timeZone);
      return (issue) => !test(issue);
    }
    case 'term':
      return termOf(clause, state, timeZone);
  }
}

function termOf(
  { field, operator, values }: Extract<JqlClause, { kind: 'term' }>,
  state: JiraState,
  timeZone: string,
): Test {
  const { site } = state;
  const [first = ''] = values;
  const unknown = (value: string): never =>
    refuse(`The value '${value}' does not exist for the field '${field}'.`);
  /** Equality over names and ids that must exist. */
  const among = (
    known: (value: string) => boolean,
    of: (issue: JiraIssue) => readonly (string | null)[],
  ): Test => {
    if (!['=', '!=', 'in', 'not in'].includes(operator))
      return refuse(`The operator '${operator}' is not supported by the '${field}' field.`);
    for (const value of values) if (!known(value)) unknown(value);
    const folded = values.map((value) => value.toLowerCase());
    const has: Test = (issue) => of(issue).some((one) => one !== null && folded.includes(one.toLowerCase()));
    // An issue without any is in no `!=` either.
    return operator === '=' || operator === 'in' ? has : (issue) => of(issue).length > 0 && !has(issue);
  };
  switch (field) {
    case 'project':
      return among(
        (value) => site.projects.some((one) => one.toLowerCase() === value.toLowerCase()),
        ({ project }) => [project],
      );
    case 'id':
    case 'issue':
    case 'key':
    case 'issuekey':
      return among(
        (value) => state.find(value) !== undefined,
        ({ id, key }) => [id, key],
      );
    case 'labels':
      return among(
        () => true,
        ({ labels }) => labels,
      );
    case 'assignee':
      return among(
        (value) => site.users.some(({ accountId }) => accountId === value),
        ({ assignee }) => (assignee === null ? [] : [assignee]),
      );
    case 'status':
      return among(
        (value) =>
          site.statuses.some(({ id, name }) => id === value || name.toLowerCase() === value.toLowerCase()),
        (issue) => [issue.status, site.statuses.find(({ id }) => id === issue.status)?.name ?? null],
      );
    case 'created':
    case 'updated': {
      const at = momentOf(first, timeZone, field);
      const compare: Record<string, (ms: number) => boolean> = {
        '>=': (ms) => ms >= at,
        '>': (ms) => ms > at,
        '<=': (ms) => ms <= at,
        '<': (ms) => ms < at,
      };
      const test = compare[operator] ?? refuse(`The operator '${operator}' is not supported here.`);
      return (issue) => test(issue[field]);
    }
    case 'summary':
    case 'description': {
      if (operator !== '~')
        return refuse(`The operator '${operator}' is not supported by the '${field}' field.`);
      const words = wordsSought(first, field);
      return (issue) => {
        const held = wordsIn(field === 'summary' ? issue.summary : adfText(issue.description));
        return words.every((word) => held.includes(word));
      };
    }
    default:
      return refuse(`Field '${field}' does not exist or you do not have permission to view it.`);
  }
}

/** By the minute, on the clock of whoever asks. */
function momentOf(text: string, timeZone: string, field: string): number {
  const parts = /^(\d{4})[-/](\d{2})[-/](\d{2})(?: (\d{2}):(\d{2}))?$/.exec(text);
  if (!parts)
    return refuse(
      `Date value '${text}' for field '${field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.`,
    );
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const local = Date.UTC(year, month - 1, day, hour, minute);
  if (local <= 0) return refuse(`Date value '${text}' for field '${field}' is invalid.`);
  return instantOf(local, timeZone);
}

const wordsIn = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}_]+/u)
    .filter((word) => word !== '' && !STOP_WORDS.has(word));

/** The words of a text search, whose own operators this emulator does not take. */
function wordsSought(text: string, field: string): string[] {
  if (/[+\-&|!(){}[\]^~*?\\:"/]/.test(text) || /\b(?:AND|OR|NOT)\b/.test(text))
    return refuse(`Unable to parse the text '${text}' for field '${field}'.`);
  const words = wordsIn(text);
  if (words.length === 0)
    return refuse(`The text '${text}' for field '${field}' holds no word to search for.`);
  return words;
}
