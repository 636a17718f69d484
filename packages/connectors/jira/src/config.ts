import {
  type CanonicalIssueType,
  type CanonicalStatus,
  ConnectorConfigError,
  describeZodError,
} from '@spec-kitty/tracker-core';
import * as z from 'zod';

/** What a user configures. */
export interface JiraConfig {
  /** The site, such as `https://acme.atlassian.net`, or what stands before `/rest` elsewhere. */
  baseUrl: string;
  /** The site's host, where `baseUrl` is not the site's own: with OAuth it is a gateway. */
  site?: string;
  /** Whose API token it is. */
  email?: string;
  apiToken?: string;
  /** Of OAuth, instead of `email` and `apiToken`. */
  accessToken?: string;
  /** The project, such as `SHOP`. */
  projectKey: string;
  /** The name of the issue type that is `task`. */
  defaultIssueType: string;
  /** The names of the other issue types. */
  issueTypeNames?: Partial<Record<Exclude<CanonicalIssueType, 'task'>, string>>;
  /** The names of the statuses. */
  statusNameMap?: Partial<Record<CanonicalStatus, string>>;
  /** A custom field of several lines that holds a mission's payload, such as `customfield_10050`. */
  missionFieldId?: string;
  /** Checks the signature of webhooks. */
  webhookSecret?: string;
}
/** What the constructor takes: options with a default may be left out. */
export type JiraConfigInput = Partial<JiraConfig> & Pick<JiraConfig, 'baseUrl' | 'projectKey'>;

const name = z.exactOptional(z.string().min(1).max(255).regex(/\S/, 'expected a name that is not blank'));
const secret = (what: string) => z.exactOptional(z.string().min(1).max(8192).describe(what));

const site = {
  site: z.exactOptional(
    z
      .string()
      .regex(/^[\w.-]+(?::\d+)?$/, 'expected a host')
      .describe('The host of the site, where the address is that of a gateway'),
  ),
};

const mapping = {
  projectKey: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,254}$/, 'expected the key of a project, in capitals')
    .describe('The key of the project'),
  defaultIssueType: z._default(
    z.string().min(1).max(255).describe('The name of the issue type that is a task'),
    'Task',
  ),
  issueTypeNames: z.exactOptional(
    z
      .strictObject({ epic: name, story: name, bug: name, chore: name, subtask: name })
      .describe('The names of the other issue types'),
  ),
  statusNameMap: z.exactOptional(
    z
      .strictObject({
        todo: name,
        in_progress: name,
        in_review: name,
        blocked: name,
        done: name,
        canceled: name,
      })
      .describe('The names of the statuses'),
  ),
  missionFieldId: z.exactOptional(
    z
      .string()
      .regex(/^customfield_\d+$/, 'expected the id of a custom field')
      .describe('A custom field of several lines for the payload of missions'),
  ),
};

/** The options, strictly: one that it does not know is refused. */
export const JiraConfigSchema: z.ZodType<JiraConfig> = z
  .strictObject({
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .describe('The address of the site'),
    ...site,
    email: secret('The address of the account that the API token is of'),
    apiToken: secret('An API token'),
    accessToken: secret('A token of OAuth, instead of email and apiToken'),
    ...mapping,
    webhookSecret: z.exactOptional(z.string().min(8).max(4096).describe('Checks the signature of webhooks')),
  })
  .check((context) => {
    const { value, issues } = context;
    const problem = (path: string, message: string): void => {
      issues.push({ code: 'custom', message, path: [path], input: undefined });
    };
    const { email, apiToken, accessToken, statusNameMap = {}, issueTypeNames = {} } = value;
    if (accessToken !== undefined && (email ?? apiToken) !== undefined)
      problem('accessToken', 'expected either an accessToken, or an email and an apiToken');
    else if (accessToken === undefined && apiToken === undefined)
      problem('apiToken', 'expected an email and an apiToken, or an accessToken');
    else if (accessToken === undefined && email === undefined)
      problem('email', 'expected the email that the apiToken is of');
    for (const [option, names] of [
      ['statusNameMap', Object.values(statusNameMap)],
      ['issueTypeNames', [value.defaultIssueType, ...Object.values(issueTypeNames)]],
    ] as const) {
      const folded = names.map((one) => String(one).trim().toLowerCase());
      const twice = folded.find((one, index) => folded.indexOf(one) !== index);
      if (twice !== undefined) problem(option, `the name "${twice}" stands for two things`);
    }
  });

/** The id of a site at the gateway of OAuth. */
export const CLOUD_ID: RegExp = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a hosted connection has to know beside its credentials. */
export type HostedParams = { cloudId: string } & Omit<
  JiraConfig,
  'baseUrl' | 'email' | 'apiToken' | 'accessToken' | 'webhookSecret'
>;
export const HostedParamsSchema: z.ZodType<HostedParams> = z.strictObject({
  cloudId: z.string().regex(CLOUD_ID, 'expected the id of a site').describe('The id of the site'),
  ...site,
  ...mapping,
});

/** @throws ConnectorConfigError naming the option at fault. */
export function parseConfig(input: unknown): JiraConfig {
  const parsed = JiraConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new ConnectorConfigError(`not a configuration of the jira connector: ${message}`, { fieldPath });
}

/** What tells one site from another one. */
export function workspaceOf({ baseUrl, site }: JiraConfig): string {
  if (site !== undefined) return site.toLowerCase();
  const { host, pathname } = new URL(baseUrl);
  return `${host}${pathname.replace(/\/+$/, '')}`;
}
