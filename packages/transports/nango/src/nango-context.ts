import { ConnectorConfigError, describeZodError } from '@spec-kitty/tracker-core';
import * as z from 'zod';

/** Whose connection to a provider is used, and how the proxy is reached. */
export interface NangoContext {
  /** The connection of one user of the host. */
  connectionId: string;
  /** The integration that it belongs to. */
  providerConfigKey: string;
  /** The host's own secret. It goes to the proxy and nowhere else. */
  nangoSecretKey: string;
  /** Default `https://api.nango.dev`. */
  nangoBaseUrl?: string;
}

export const DEFAULT_NANGO_URL = 'https://api.nango.dev';

/** What may stand in a header. */
const word = z
  .string()
  .max(1024)
  .regex(/^[\x21-\x7e]+$/, 'expected visible ASCII without blanks');

const NangoContextSchema: z.ZodType<NangoContext> = z.strictObject({
  connectionId: word,
  providerConfigKey: word,
  nangoSecretKey: word,
  nangoBaseUrl: z.exactOptional(
    z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .regex(/^[^?#]*$/, 'expected an address without query and fragment'),
  ),
});

/** @throws ConnectorConfigError naming the field at fault; its message never repeats a value. */
export function parseNangoContext(input: unknown): NangoContext {
  const parsed = NangoContextSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new ConnectorConfigError(`not a context of Nango: ${message}`, {
    fieldPath: `nangoContext${fieldPath === '' ? '' : `.${fieldPath}`}`,
  });
}
