import {
  CANONICAL_ISSUE_TYPES,
  CANONICAL_STATUSES,
  type CanonicalIssueType,
  type CanonicalStatus,
  ConnectorConfigError,
  describeZodError,
} from '@spec-kitty/tracker-core';
import { z } from 'zod';

const PRIORITIES = ['0', '1', '2', '3', '4'] as const;

/** Names at the server that stand for a canonical value: all are read, the first is written. */
export type Names<Value extends string> = Partial<Record<Value, string[]>>;

/** What a user configures. */
export interface RedmineConfig {
  /** Where Redmine is, with its path if it has one. */
  baseUrl: string;
  /** Of the account that reads and writes; it is on that account's page. */
  apiKey: string;
  /** The project, by its identifier or its number. Issues of its subprojects are not of it. */
  project: string;
  /** The statuses of the server. A canonical status that is left out cannot be written. */
  statuses: Names<CanonicalStatus>;
  /** The trackers (which are types of issues) of the project. A type that is left out cannot be written. */
  trackers: Names<CanonicalIssueType>;
  /** The priorities of the server; 0 is the most urgent. One that is left out cannot be written. */
  priorities: Names<(typeof PRIORITIES)[number]>;
  /** A custom field for texts, in which creates are marked so that a lost answer can be looked up. */
  keyFieldId?: number;
}
export type RedmineConfigInput = Partial<RedmineConfig> &
  Pick<RedmineConfig, 'baseUrl' | 'apiKey' | 'project'>;

/** As a server has them whose default configuration was loaded in English. */
const DEFAULT_STATUSES: RedmineConfig['statuses'] = {
  todo: ['New'],
  in_progress: ['In Progress'],
  in_review: ['Resolved'],
  blocked: ['Feedback'],
  done: ['Closed'],
  canceled: ['Rejected'],
};
const DEFAULT_TRACKERS: RedmineConfig['trackers'] = { story: ['Feature'], task: ['Support'], bug: ['Bug'] };
const DEFAULT_PRIORITIES: RedmineConfig['priorities'] = {
  0: ['Immediate'],
  1: ['Urgent'],
  2: ['High'],
  3: ['Normal'],
  4: ['Low'],
};

function names<Value extends string>(values: readonly Value[], what: string): z.ZodType<Names<Value>> {
  const name = z.string().max(255).regex(/\S/, 'expected a name');
  return z
    .partialRecord(z.enum(values), z.array(name).min(1).max(100))
    .check(({ value, issues }) => {
      const all = Object.values<string[] | undefined>(value).flatMap((some) => some ?? []);
      const twice = all.find((one, index) => all.findIndex((other) => sameName(one, other)) !== index);
      if (twice !== undefined)
        issues.push({ code: 'custom', message: `"${twice}" stands for two things`, input: value });
    })
    .describe(what);
}

/** Redmine tells names apart by their case, and hardly anybody has two that differ in nothing else. */
export const sameName = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

export const RedmineConfigSchema: z.ZodType<RedmineConfig> = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .describe('Where Redmine is, with its path if it has one'),
  apiKey: z.string().min(1).max(256).describe('The API access key of an account'),
  project: z
    .string()
    .max(100)
    .regex(/^[a-z0-9][a-z0-9_-]*$/, 'expected the identifier or the number of a project')
    .describe('The identifier or the number of the project'),
  statuses: z._default(
    names(CANONICAL_STATUSES, 'The statuses that stand for the canonical ones'),
    DEFAULT_STATUSES,
  ),
  trackers: z._default(
    names(CANONICAL_ISSUE_TYPES, 'The trackers that stand for types of issues'),
    DEFAULT_TRACKERS,
  ),
  priorities: z._default(
    names(PRIORITIES, 'The priorities that stand for 0 (the most urgent) to 4'),
    DEFAULT_PRIORITIES,
  ),
  keyFieldId: z.exactOptional(
    z.int().min(1).describe('The number of a custom field in which creates are marked'),
  ),
});

/** @throws ConnectorConfigError naming the option at fault. */
export function parseConfig(input: unknown): RedmineConfig {
  const parsed = RedmineConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new ConnectorConfigError(`not a configuration of the redmine connector: ${message}`, { fieldPath });
}

/** The address without a slash at its end. */
export const rootOf = ({ baseUrl }: Pick<RedmineConfig, 'baseUrl'>): string => {
  const { origin, pathname } = new URL(baseUrl);
  return origin + pathname.replace(/\/+$/, '');
};

/** The server as refs name it: numbers of issues are the server's, not the project's. */
export const workspaceOf = (config: Pick<RedmineConfig, 'baseUrl'>): string =>
  rootOf(config).replace(/^https?:\/\//, '');
