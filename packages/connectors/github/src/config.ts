import { type CanonicalIssueType, ConnectorConfigError, describeZodError } from '@spec-kitty/tracker-core';
import * as z from 'zod';

/** The statuses between open and closed, which GitHub has not: each is a label. */
export type LabelledStatus = 'in_progress' | 'in_review' | 'blocked';

/** What a user configures. */
export interface GitHubConfig {
  /** The user or organisation that the repository belongs to. */
  owner: string;
  repo: string;
  /** A personal access token, or that of an app, which may read and write issues. */
  token: string;
  /** `https://api.github.com`, or an enterprise server's, such as `https://github.example.com/api/v3`. */
  baseUrl: string;
  /** The labels that stand for statuses; a status that is left out cannot be written. */
  statusLabels: Partial<Record<LabelledStatus, string>>;
  /** The labels that stand for priorities, 0 the most urgent; one that is left out cannot be written. */
  priorityLabels: Partial<Record<'0' | '1' | '2' | '3' | '4', string>>;
  /** The labels that stand for types. Default: the issue types of the organisation. */
  typeLabels?: Partial<Record<CanonicalIssueType, string>>;
  /** Checks the signature of webhooks. */
  webhookSecret?: string;
}
/** What the constructor takes: options with a default may be left out. */
export type GitHubConfigInput = Partial<GitHubConfig> & Pick<GitHubConfig, 'owner' | 'repo' | 'token'>;

export const DEFAULT_BASE_URL = 'https://api.github.com';
const STATUS_LABELS = {
  in_progress: 'status: in progress',
  in_review: 'status: in review',
  blocked: 'status: blocked',
} as const;
const PRIORITY_LABELS = {
  0: 'priority: urgent',
  1: 'priority: high',
  2: 'priority: medium',
  3: 'priority: low',
  4: 'priority: lowest',
} as const;

const label = z.exactOptional(z.string().min(1).max(50).regex(/\S/, 'expected a label that is not blank'));
const name = (pattern: RegExp, what: string) => z.string().min(1).max(100).regex(pattern, `expected ${what}`);

const place = {
  owner: name(/^[\w.-]+$/, 'the name of a user or an organisation').describe('The user or organisation'),
  repo: name(/^[\w.-]+$/, 'the name of a repository').describe('The repository'),
};

const labels = {
  statusLabels: z._default(
    z
      .strictObject({ in_progress: label, in_review: label, blocked: label })
      .describe('The labels that stand for statuses'),
    STATUS_LABELS,
  ),
  priorityLabels: z._default(
    z
      .strictObject({ 0: label, 1: label, 2: label, 3: label, 4: label })
      .describe('The labels that stand for priorities, 0 the most urgent'),
    PRIORITY_LABELS,
  ),
  typeLabels: z.exactOptional(
    z
      .strictObject({ epic: label, story: label, task: label, bug: label, chore: label, subtask: label })
      .describe("The labels that stand for types; default: the organisation's issue types"),
  ),
};

/** The options, strictly: one that it does not know is refused. */
export const GitHubConfigSchema: z.ZodType<GitHubConfig> = z
  .strictObject({
    ...place,
    token: z.string().min(1).max(4096).describe('A token that may read and write issues'),
    baseUrl: z._default(
      z
        .url({ protocol: /^https?$/ })
        .max(2048)
        .describe('The address of the API'),
      DEFAULT_BASE_URL,
    ),
    ...labels,
    webhookSecret: z.exactOptional(z.string().min(8).max(4096).describe('Checks the signature of webhooks')),
  })
  .check((context) => {
    const { statusLabels, priorityLabels, typeLabels = {} } = context.value;
    const all = [statusLabels, priorityLabels, typeLabels].flatMap((labels) => Object.values(labels));
    const folded = all.map((one) => String(one).toLowerCase());
    const twice = all.find((_, index) => folded.indexOf(folded[index] ?? '') !== index);
    if (twice !== undefined)
      context.issues.push({
        code: 'custom',
        message: `the label "${twice}" stands for two things`,
        path: ['statusLabels'],
        input: context.value.statusLabels,
      });
  });

/** What a hosted connection has to know beside its credentials. */
export const HostedParamsSchema: z.ZodType<Omit<GitHubConfig, 'token' | 'baseUrl' | 'webhookSecret'>> =
  z.strictObject({ ...place, ...labels });

/** @throws ConnectorConfigError naming the option at fault. */
export function parseConfig(input: unknown): GitHubConfig {
  const parsed = GitHubConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new ConnectorConfigError(`not a configuration of the github connector: ${message}`, { fieldPath });
}
