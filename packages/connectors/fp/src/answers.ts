import {
  describeZodError,
  type JsonObject,
  JsonObjectSchema,
  TrackerContractError,
} from '@spec-kitty/tracker-core';
import * as z from 'zod';

/** An issue as fp has it, whichever way it told it. */
export interface FpIssue {
  id: string;
  title: string;
  description: string | null;
  status: string;
  priority: string | null;
  /** Its full id. */
  parent: string | null;
  /** Full ids of what it depends on. */
  dependencies: string[];
  /** Absent where the build has none. */
  properties?: JsonObject;
  createdAt: string | null;
  updatedAt: string | null;
}

/** What fp has, and what of its answer cannot be read. */
export interface Listing {
  issues: FpIssue[];
  failures: { location: string; message: string }[];
}

const id = z
  .string()
  .max(2048)
  .regex(/^[^\s,-][^\s,]*$/, 'expected an id');

/** Whether a text can be the id of an issue: what begins with `-`, or is several words or ids, is none. */
export const isId = (text: string): boolean => id.safeParse(text).success;

const IssueSchema = z.object({
  id,
  title: z.string(),
  description: z.nullish(z.string()),
  status: z.string().min(1),
  priority: z.nullish(z.string()),
  parent: z.nullish(z.string()),
  dependencies: z.nullish(z.array(id)),
  properties: z.nullish(JsonObjectSchema),
  createdAt: z.nullish(z.string()),
  updatedAt: z.nullish(z.string()),
});
const ListSchema = z.object({ issues: z.array(z.unknown()) });
const CreatedSchema = z.object({ id });

function contract(message: string, cause?: unknown): TrackerContractError {
  return new TrackerContractError(message, { provider: 'fp', kind: 'answer', reason: 'unreadable', cause });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw contract('fp printed no JSON, although its version says that it can', cause);
  }
}

function issueOf(input: unknown): { issue: FpIssue } | { message: string } {
  const parsed = IssueSchema.safeParse(input);
  if (!parsed.success) return { message: describeZodError(parsed.error).message };
  const { description, priority, parent, dependencies, properties, createdAt, updatedAt, ...rest } =
    parsed.data;
  const issue: FpIssue = {
    ...rest,
    description: description ?? null,
    priority: priority ?? null,
    parent: parent ?? null,
    dependencies: dependencies ?? [],
    createdAt: createdAt ?? null,
    updatedAt: updatedAt ?? null,
    ...(properties ? { properties } : {}),
  };
  return { issue };
}

const TWICE = 'another issue with the id of one before it';

/** The answer of `issue list`. @throws TrackerContractError where it is no list; an issue that is none is a failure. */
export function parseList(text: string): Listing {
  const parsed = ListSchema.safeParse(json(text));
  if (!parsed.success) throw contract('fp printed no list of issues');
  const listing: Listing = { issues: [], failures: [] };
  const ids = new Set<string>();
  for (const [index, row] of parsed.data.issues.entries()) {
    const location = `issues[${index}]`;
    const read = issueOf(row);
    if (!('issue' in read)) listing.failures.push({ location, message: read.message });
    else if (ids.has(read.issue.id)) listing.failures.push({ location, message: TWICE });
    else listing.issues.push(read.issue);
    if ('issue' in read) ids.add(read.issue.id);
  }
  return listing;
}

/** The answer of `issue show`. @throws TrackerContractError */
export function parseIssue(text: string): FpIssue {
  const read = issueOf(json(text));
  if ('issue' in read) return read.issue;
  throw contract(`fp printed an issue that is none: ${read.message}`);
}

/** The id in the answer of `issue create`. @throws TrackerContractError */
export function parseCreated(text: string): string {
  const parsed = CreatedSchema.safeParse(json(text));
  if (parsed.success) return parsed.data.id;
  throw contract('fp printed no id of what it created');
}

/** `FP-1 [todo] [high] Title`, behind the lines of a tree. The priority is left out where there is none. */
const LINE = /^([\s│├└─]*)(\S+) \[([^\]\s]+)\](?: \[([^\]\s]+)\])? (.*\S)\s*$/u;

/** The issues that older versions print, a line each; how far one is indented tells its parent. */
export function parseLines(text: string): Listing {
  const listing: Listing = { issues: [], failures: [] };
  const above: { depth: number; id: string }[] = [];
  const ids = new Set<string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const [, indent = '', name, status, priority = null, title] = LINE.exec(line) ?? [];
    if (name === undefined || status === undefined || title === undefined || !isId(name)) {
      listing.failures.push({ location: `line ${index + 1}`, message: 'not a line of an issue' });
      continue;
    }
    if (ids.has(name)) {
      listing.failures.push({ location: `line ${index + 1}`, message: TWICE });
      continue;
    }
    ids.add(name);
    while ((above.at(-1)?.depth ?? -1) >= indent.length) above.pop();
    listing.issues.push({
      id: name,
      title,
      description: null,
      status,
      priority,
      parent: above.at(-1)?.id ?? null,
      dependencies: [],
      createdAt: null,
      updatedAt: null,
    });
    above.push({ depth: indent.length, id: name });
  }
  return listing;
}
