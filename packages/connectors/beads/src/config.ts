import { ConnectorConfigError, describeZodError } from '@spec-kitty/tracker-core';
import type { CommandScope } from '@spec-kitty/tracker-process';
import * as z from 'zod';

/** What a host keeps to itself: a patch of it is refused. */
export type HostOwned = 'assignees' | 'terminal_status';

/** What a user configures: a database behind the bd command, or an export to read. */
export interface BeadsConfig {
  /** The `workspace` of the refs. */
  workspace: string;
  /** Path of a JSONL export, as `bd export` writes it. Read, never written. Without it, bd is run. */
  exportFile?: string;
  /** The bd command: its name, or its full path. Default: `bd`. */
  command?: string;
  /** A folder of the database. Default: the folder of this process, or the repository of the scope. */
  cwd?: string;
  /** What the host alone changes; a patch of it is refused. */
  hostOwns?: HostOwned[];
  /** On whose behalf and in which repository bd may run; the host's runner holds it. */
  scope?: CommandScope;
}
/** What the constructor takes: options with a default may be left out. */
export type BeadsConfigInput = Partial<BeadsConfig>;

const notBlank = z.string().max(256).regex(/\S/, 'expected text that is not blank');
const path = z.string().min(1).max(4096);

const OF_COMMAND = ['command', 'cwd', 'hostOwns', 'scope'] as const;

/** The options, strictly: one that it does not know is refused. */
export const BeadsConfigSchema: z.ZodType<BeadsConfig> = z
  .strictObject({
    workspace: z._default(notBlank.describe('The workspace of the refs'), 'beads'),
    exportFile: z.exactOptional(
      path.describe('Path of a JSONL export, as bd export writes it, to read only; leave out to run bd'),
    ),
    command: z.exactOptional(
      path.regex(/\S/).describe('The bd command: its name, or its full path; bd where it is left out'),
    ),
    cwd: z.exactOptional(path.describe('A folder of the Beads database')),
    hostOwns: z.exactOptional(
      z
        .array(z.enum(['assignees', 'terminal_status']))
        .describe('What the host alone changes; a patch of it is refused'),
    ),
    scope: z.exactOptional(
      z
        .strictObject({
          actor: z.exactOptional(notBlank.describe('Who acts')),
          repository: z.exactOptional(path.describe('The absolute folder that bd may run in')),
        })
        .describe('On whose behalf and in which repository bd may run; needs a runner of the host'),
    ),
  })
  .check(({ value, issues }) => {
    if (value.exportFile === undefined) return;
    const other = OF_COMMAND.find((name) => value[name] !== undefined);
    if (other === undefined) return;
    const message = `an export is only read, and bd is not run for it: leave out either exportFile or ${other}`;
    issues.push({ code: 'custom', path: [other], message, input: value[other] });
  });

/** @throws ConnectorConfigError naming the option at fault. */
export function parseConfig(input: unknown): BeadsConfig {
  const parsed = BeadsConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new ConnectorConfigError(`not a configuration of the beads connector: ${message}`, { fieldPath });
}
