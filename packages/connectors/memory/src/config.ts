import { ConnectorConfigError, describeZodError } from '@spec-kitty/tracker-core';
import * as z from 'zod';

/** What a user configures. */
export interface InMemoryConfig {
  /** The `system` of the refs. */
  name: string;
  /** The `workspace` of the refs. */
  workspace: string;
  /** Keeps the tracker in this JSON file, so that other processes see it. Needs Node. */
  file?: string;
  /** Signs and checks webhooks. */
  webhookSecret?: string;
}
/** What the constructor takes: options with a default may be left out. */
export type InMemoryConfigInput = Partial<InMemoryConfig>;

const notBlank = z.string().max(256).regex(/\S/, 'expected text that is not blank');

/** The options, strictly: one that it does not know is refused. */
export const InMemoryConfigSchema: z.ZodType<InMemoryConfig> = z.strictObject({
  name: z._default(notBlank.describe('The system of the refs'), 'memory'),
  workspace: z._default(notBlank.describe('The workspace of the refs'), 'memory'),
  file: z.exactOptional(z.string().min(1).max(4096).describe('Keeps the tracker in this JSON file')),
  webhookSecret: z.exactOptional(z.string().min(8).max(4096).describe('Checks the signature of webhooks')),
});

/** @throws ConnectorConfigError naming the option at fault. */
export function parseConfig(input: unknown): InMemoryConfig {
  const parsed = InMemoryConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new ConnectorConfigError(`not a configuration of the memory connector: ${message}`, { fieldPath });
}
