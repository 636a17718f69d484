import {
  CANONICAL_ISSUE_TYPES,
  CANONICAL_STATUSES,
  type CanonicalIssueType,
  type CanonicalStatus,
  ConnectorConfigError,
  describeZodError,
} from '@spec-kitty/tracker-core';
import * as z from 'zod';

/** What a user configures. */
export interface AzureDevOpsConfig {
  organization: string;
  /** By its name. */
  project: string;
  /** A personal access token that may read and write work items. */
  token: string;
  /** `https://dev.azure.com`, or a server's, such as `https://tfs.example.com/tfs`. */
  baseUrl: string;
  /** The states that stand for statuses, in the types that have them; else the category of a state tells. */
  stateMap: Partial<Record<CanonicalStatus, string>>;
  /** The work item types that stand for types. Default: by the names of the processes that come with Azure DevOps. */
  typeMap: Partial<Record<CanonicalIssueType, string>>;
  /** The password, or the header, that service hooks come with. */
  webhookSecret?: string;
}
/** What the constructor takes: options with a default may be left out. */
export type AzureDevOpsConfigInput = Partial<AzureDevOpsConfig> &
  Pick<AzureDevOpsConfig, 'organization' | 'project' | 'token'>;

export const DEFAULT_BASE_URL = 'https://dev.azure.com';

const name = z.string().min(1).max(128).regex(/\S/, 'expected a name that is not blank');

/** The options, strictly: one that it does not know is refused. */
export const AzureDevOpsConfigSchema: z.ZodType<AzureDevOpsConfig> = z
  .strictObject({
    organization: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[\w-]+$/, 'expected the name of an organization')
      .describe('The organization, or the collection of a server'),
    project: z
      .string()
      .min(1)
      .max(64)
      // https://learn.microsoft.com/en-us/azure/devops/organizations/settings/naming-restrictions
      .regex(
        /^[^\p{Cc}/\\:*?"'<>|;#$%&{},+=[\]@~]*[^\p{Cc}/\\:*?"'<>|;#$%&{},+=[\]@~.]$/u,
        'expected the name of a project',
      )
      .describe('The project, by its name'),
    token: z.string().min(1).max(4096).describe('A personal access token that may read and write work items'),
    baseUrl: z._default(
      z
        .url({ protocol: /^https?$/ })
        .max(2048)
        .describe('The address of Azure DevOps'),
      DEFAULT_BASE_URL,
    ),
    stateMap: z._default(
      z.partialRecord(z.enum(CANONICAL_STATUSES), name).describe('The states that stand for statuses'),
      {},
    ),
    typeMap: z._default(
      z
        .partialRecord(z.enum(CANONICAL_ISSUE_TYPES), name)
        .describe('The work item types that stand for types'),
      {},
    ),
    webhookSecret: z.exactOptional(
      z.string().min(8).max(4096).describe('The password, or the header, of service hooks'),
    ),
  })
  .check((context) => {
    for (const option of ['stateMap', 'typeMap'] as const) {
      const given = context.value[option];
      const folded = Object.values(given).map((one) => String(one).toLowerCase());
      const twice = folded.find((one, index) => folded.indexOf(one) !== index);
      if (twice !== undefined)
        context.issues.push({
          code: 'custom',
          message: `"${twice}" stands for two things`,
          path: [option],
          input: given,
        });
    }
  });

/** @throws ConnectorConfigError naming the option at fault. */
export function parseConfig(input: unknown): AzureDevOpsConfig {
  const parsed = AzureDevOpsConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new ConnectorConfigError(`not a configuration of the azure-devops connector: ${message}`, {
    fieldPath,
  });
}
