import { ConnectorConfigError, describeZodError } from '@spec-kitty/tracker-core';
import { z } from 'zod';

/** What a user configures. */
export interface BeadsConfig {
  /** The `workspace` of the refs. */
  workspace: string;
  /** Path of a JSONL export, as `bd export` writes it. Read, never written. */
  exportFile: string;
  /** Names the binding, where one workspace has several. */
  scope?: string;
}
export type BeadsConfigInput = Partial<BeadsConfig> & Pick<BeadsConfig, 'exportFile'>;

const notBlank = z.string().max(256).regex(/\S/, 'expected text that is not blank');
const ONLY_EXPORTS = 'not supported in this release, which reads a JSONL export only: use exportFile';

export const BeadsConfigSchema: z.ZodType<BeadsConfig> = z
  .strictObject({
    workspace: z._default(notBlank.describe('The workspace of the refs'), 'beads'),
    exportFile: z
      .string('expected the path of a JSONL export, the only source that this release reads')
      .min(1)
      .max(4096)
      .describe('Path of a JSONL export, as bd export writes it'),
    scope: z.exactOptional(notBlank.describe('Names the binding, where one workspace has several')),
    // Named, so that whoever expects them reads why they are refused.
    command: z.exactOptional(z.never(ONLY_EXPORTS).describe(ONLY_EXPORTS)),
    cwd: z.exactOptional(z.never(ONLY_EXPORTS).describe(ONLY_EXPORTS)),
  })
  .transform(({ workspace, exportFile, scope }) => ({
    workspace,
    exportFile,
    ...(scope === undefined ? {} : { scope }),
  }));

/** What a user configures to read and write a database through `bd`. */
export interface BeadsDatabaseConfig {
  /** The `workspace` of the refs. */
  workspace: string;
  /** The bd command: its name, or its full path. */
  command: string;
  /** A folder of the database. Default: the folder of this process. */
  cwd?: string;
  /** Names the binding, where one workspace has several. */
  scope?: string;
  /** What the host alone changes; a patch of it is refused. */
  hostOwns: ('assignees' | 'terminal_status')[];
}

export const BeadsDatabaseConfigSchema: z.ZodType<BeadsDatabaseConfig> = z.strictObject({
  workspace: z._default(notBlank.describe('The workspace of the refs'), 'beads'),
  command: z._default(
    z.string().max(4096).regex(/\S/).describe('The bd command: its name, or its full path'),
    'bd',
  ),
  cwd: z.exactOptional(z.string().min(1).max(4096).describe('A folder of the database')),
  scope: z.exactOptional(notBlank.describe('Names the binding, where one workspace has several')),
  hostOwns: z._default(
    z
      .array(z.enum(['assignees', 'terminal_status']))
      .describe('What the host alone changes; a patch of it is refused'),
    () => [],
  ),
});

/** @throws ConnectorConfigError naming the option at fault. */
export function parseConfig(input: unknown): BeadsConfig {
  return parsed(BeadsConfigSchema, input);
}

/** @throws ConnectorConfigError naming the option at fault. */
export function parseDatabaseConfig(input: unknown): BeadsDatabaseConfig {
  return parsed(BeadsDatabaseConfigSchema, input);
}

function parsed<T>(schema: z.ZodType<T>, input: unknown): T {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  const { fieldPath, message } = describeZodError(read.error);
  throw new ConnectorConfigError(`not a configuration of the beads connector: ${message}`, { fieldPath });
}
