import { type CanonicalStatus, ConnectorConfigError, describeZodError } from '@spec-kitty/tracker-core';
import * as z from 'zod';

/** What a user configures. */
export interface LinearConfig {
  /** A personal API key. This or `accessToken`. */
  apiKey?: string;
  /** An OAuth access token. This or `apiKey`. */
  accessToken?: string;
  /** The UUID of the team whose issues are synced. */
  teamId: string;
  /** The `workspace` of the refs. */
  workspace: string;
  /** Where Linear, or what stands in for it, is reached. */
  baseUrl: string;
  /** The ids of states that stand for a status, before what their types and names say. */
  statusToStateId?: Partial<Record<CanonicalStatus, string>>;
  /** Checks the signature of webhooks. */
  webhookSecret?: string;
}
/** What the constructor takes: options with a default may be left out. */
export type LinearConfigInput = Omit<LinearConfig, 'workspace' | 'baseUrl'> &
  Partial<Pick<LinearConfig, 'workspace' | 'baseUrl'>>;

export const DEFAULT_BASE_URL = 'https://api.linear.app';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const secret = z.string().min(1).max(4096).regex(/^\S+$/, 'expected a secret without white space');
const uuid = z.string().regex(UUID, 'expected a UUID');
const webUrl = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[^\s?#]+$/i, 'expected an address that begins with https:// or http://');

const place = {
  teamId: uuid.describe('The UUID of the team, not its key'),
  workspace: z._default(
    z.string().max(256).regex(/\S/, 'expected text that is not blank').describe('The workspace of the refs'),
    'linear',
  ),
  statusToStateId: z.exactOptional(
    z
      .strictObject({
        todo: z.exactOptional(uuid),
        in_progress: z.exactOptional(uuid),
        in_review: z.exactOptional(uuid),
        blocked: z.exactOptional(uuid),
        done: z.exactOptional(uuid),
        canceled: z.exactOptional(uuid),
      })
      .describe('Ids of states that stand for a status, before what their types and names say'),
  ),
};

/** The options, strictly: one that it does not know is refused. */
export const LinearConfigSchema: z.ZodType<LinearConfig> = z.strictObject({
  apiKey: z.exactOptional(secret.describe('A personal API key; this or accessToken')),
  accessToken: z.exactOptional(secret.describe('An OAuth access token; this or apiKey')),
  ...place,
  baseUrl: z._default(webUrl.describe('Where Linear is reached'), DEFAULT_BASE_URL),
  webhookSecret: z.exactOptional(z.string().min(8).max(4096).describe('Checks the signature of webhooks')),
});

/** What a hosted connection has to know beside its credentials. */
export const HostedParamsSchema: z.ZodType<Pick<LinearConfig, 'teamId' | 'workspace' | 'statusToStateId'>> =
  z.strictObject(place);

/** @throws ConnectorConfigError naming the option at fault. */
export function parseConfig(input: unknown): LinearConfig {
  const parsed = LinearConfigSchema.safeParse(input);
  if (!parsed.success) {
    const { fieldPath, message } = describeZodError(parsed.error);
    throw new ConnectorConfigError(`not a configuration of the Linear connector: ${message}`, { fieldPath });
  }
  const { apiKey, accessToken } = parsed.data;
  if ((apiKey === undefined) === (accessToken === undefined))
    throw new ConnectorConfigError('the Linear connector needs either apiKey or accessToken', {
      fieldPath: apiKey === undefined ? 'apiKey' : 'accessToken',
    });
  return parsed.data;
}
