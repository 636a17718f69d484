import {
  type CanonicalIssueType,
  CanonicalIssueTypeSchema,
  ConnectorConfigError,
  describeZodError,
} from '@spec-kitty/tracker-core';
import type { CommandScope } from '@spec-kitty/tracker-process';
import * as z from 'zod';

/** What a user configures. */
export interface FPConfig {
  /** The `workspace` of the refs. */
  workspace: string;
  /** The fp command: its name, or its full path. */
  command: string;
  /** A folder of the fp project. Default: the folder of this process, or the repository of the scope. */
  cwd?: string;
  /** fp has no types: every issue reads as this one. */
  defaultIssueType: CanonicalIssueType;
  /** On whose behalf and in which repository fp may run; the host's runner holds it. */
  scope?: CommandScope;
}
/** What the constructor takes: options with a default may be left out. */
export type FPConfigInput = Partial<FPConfig>;

const notBlank = z.string().max(256).regex(/\S/, 'expected text that is not blank');
const path = z.string().min(1).max(4096);

/** The options, strictly: one that it does not know is refused. */
export const FPConfigSchema: z.ZodType<FPConfig> = z.strictObject({
  workspace: z._default(notBlank.describe('The workspace of the refs'), 'fp'),
  command: z._default(path.regex(/\S/).describe('The fp command: its name, or its full path'), 'fp'),
  cwd: z.exactOptional(path.describe('A folder of the fp project')),
  defaultIssueType: z._default(
    CanonicalIssueTypeSchema.describe('fp has no types: every issue reads as this one'),
    'task',
  ),
  scope: z.exactOptional(
    z
      .strictObject({
        actor: z.exactOptional(notBlank.describe('Who acts')),
        repository: z.exactOptional(path.describe('The absolute folder that fp may run in')),
      })
      .describe('On whose behalf and in which repository fp may run; needs a runner of the host'),
  ),
});

/** @throws ConnectorConfigError naming the option at fault. */
export function parseConfig(input: unknown): FPConfig {
  const parsed = FPConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new ConnectorConfigError(`not a configuration of the fp connector: ${message}`, { fieldPath });
}
