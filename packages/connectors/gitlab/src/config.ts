import { type CanonicalIssueType, ConnectorConfigError, describeZodError } from '@spec-kitty/tracker-core';
import * as z from 'zod';

/** The statuses that GitLab has not: each is a label, `canceled` on a closed issue. */
export type LabelledStatus = 'in_progress' | 'in_review' | 'blocked' | 'canceled';

/** What a user configures. */
export interface GitLabConfig {
  /** The number of the project, which stays over a rename, or its path: `group/project`. */
  projectId: string | number;
  /** A personal, project or group access token with the scope `api`, or an OAuth token. */
  token: string;
  /** `https://gitlab.com`, or where a server of one's own is, with its path if it has one. */
  baseUrl: string;
  /** The labels that stand for statuses; a status that is left out cannot be written. */
  statusLabels: Partial<Record<LabelledStatus, string>>;
  /** The labels that stand for priorities, 0 the most urgent; one that is left out cannot be written. */
  priorityLabels: Partial<Record<'0' | '1' | '2' | '3' | '4', string>>;
  /** The labels that stand for types, before GitLab's own types are looked at. */
  typeLabels: Partial<Record<CanonicalIssueType, string>>;
  /** Checks webhooks: a secret token, or `whsec_…` with which they are signed. */
  webhookSecret?: string;
}
/** What the constructor takes: options with a default may be left out. */
export type GitLabConfigInput = Partial<GitLabConfig> & Pick<GitLabConfig, 'projectId' | 'token'>;

export const DEFAULT_BASE_URL = 'https://gitlab.com';
const STATUS_LABELS = {
  in_progress: 'status::in-progress',
  in_review: 'status::in-review',
  blocked: 'status::blocked',
  canceled: 'status::canceled',
} as const;
const PRIORITY_LABELS = {
  0: 'priority::urgent',
  1: 'priority::high',
  2: 'priority::medium',
  3: 'priority::low',
  4: 'priority::lowest',
} as const;
const TYPE_LABELS = {
  epic: 'type::epic',
  story: 'type::feature',
  bug: 'type::bug',
  chore: 'type::maintenance',
  subtask: 'type::subtask',
} as const;

const label = z.exactOptional(
  z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\s,<>&](?:[^,<>&]*[^\s,<>&])?$/, 'expected the name of a label, which has no comma'),
);

const project = z.union([
  z.int().min(1),
  z
    .string()
    .max(1024)
    .regex(/^(?:[1-9]\d{0,14}|[\w.-]+(?:\/[\w.-]+)+)$/, 'expected the number of a project, or group/project'),
]);

const place = {
  projectId: project.describe('The number of the project, or its path: group/project'),
};

const labels = {
  statusLabels: z._default(
    z
      .strictObject({ in_progress: label, in_review: label, blocked: label, canceled: label })
      .describe('The labels that stand for statuses'),
    STATUS_LABELS,
  ),
  priorityLabels: z._default(
    z
      .strictObject({ 0: label, 1: label, 2: label, 3: label, 4: label })
      .describe('The labels that stand for priorities, 0 the most urgent'),
    PRIORITY_LABELS,
  ),
  typeLabels: z._default(
    z
      .strictObject({ epic: label, story: label, task: label, bug: label, chore: label, subtask: label })
      .describe('The labels that stand for types'),
    TYPE_LABELS,
  ),
};

/** The options, strictly: one that it does not know is refused. */
export const GitLabConfigSchema: z.ZodType<GitLabConfig> = z
  .strictObject({
    ...place,
    token: z.string().min(1).max(4096).describe('A token with the scope api'),
    baseUrl: z._default(
      z
        .url({ protocol: /^https?$/ })
        .max(2048)
        .describe('Where GitLab is, with its path if it has one'),
      DEFAULT_BASE_URL,
    ),
    ...labels,
    webhookSecret: z.exactOptional(
      z.string().min(8).max(4096).describe('Checks webhooks: a secret token, or whsec_ and a signing key'),
    ),
  })
  .check((context) => {
    const { statusLabels, priorityLabels, typeLabels } = context.value;
    const all = [statusLabels, priorityLabels, typeLabels].flatMap((labels) => Object.values(labels));
    const twice = all.find((one, index) => all.indexOf(one) !== index);
    if (twice !== undefined)
      context.issues.push({
        code: 'custom',
        message: `the label "${twice}" stands for two things`,
        path: ['statusLabels'],
        input: statusLabels,
      });
  });

/** What a hosted connection has to know beside its credentials. */
export const HostedParamsSchema: z.ZodType<Omit<GitLabConfig, 'token' | 'baseUrl' | 'webhookSecret'>> =
  z.strictObject({ ...place, ...labels });

/** Where a GitLab is, however its address is written: people give that of its API as well. */
export function rootOf({ baseUrl }: Pick<GitLabConfig, 'baseUrl'>): string {
  const { origin, pathname } = new URL(baseUrl);
  return origin + pathname.replace(/\/+$/, '').replace(/\/api\/v4$/, '');
}

/** @throws ConnectorConfigError naming the option at fault. */
export function parseConfig(input: unknown): GitLabConfig {
  const parsed = GitLabConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new ConnectorConfigError(`not a configuration of the gitlab connector: ${message}`, { fieldPath });
}
