import * as z from 'zod';
import { parseOrThrow } from '../errors/from-zod.ts';
import { type JsonObject, JsonObjectSchema } from '../model/json.ts';
import { type TrackerCapabilities, TrackerCapabilitiesSchema } from '../protocol/capabilities.ts';

export const MANIFEST_KIND = 'spec-kitty.tracker-connector';
export const MANIFEST_VERSION = 1;
/** The size of a manifest as JSON text, in bytes. */
export const MAX_MANIFEST_BYTES = 65_536;

/** A secret or an account name that a connector may take from the environment. */
export interface CredentialDeclaration {
  /** The option of the configuration that takes it. */
  name: string;
  /** The environment variable: capital letters, digits and underscores. */
  env: string;
  secret: boolean;
  description: string;
}

/** What a connector says of itself, as plain data that is read without running its code. No paths, no globs. */
export interface PluginManifest {
  kind: typeof MANIFEST_KIND;
  specVersion: typeof MANIFEST_VERSION;
  /** Kebab-case, at most 64 characters; unique among the plugins of a registry. */
  id: string;
  displayName: string;
  category: 'saas' | 'local' | 'reference';
  /** The most that any instance can do. */
  capabilities: TrackerCapabilities;
  /** JSON Schema of the configuration, made from the plugin's zod schema. */
  configSchema: JsonObject;
  /** There where the connector works over a hosted transport. */
  hosted?: { paramsSchema: JsonObject };
  credentials: CredentialDeclaration[];
}

/** Text of one line, for people. Two plain checks: one for both could be slow on purpose-made text. */
const line = (max: number): z.ZodString =>
  z
    .string()
    .max(max)
    .regex(/\S/, 'expected text that is not blank')
    .regex(/^\P{Cc}*$/u, 'expected no control characters');

/** Strict, and bounded in size and depth: a manifest comes from a stranger's package. */
export const PluginManifestSchema: z.ZodType<PluginManifest> = z
  .strictObject({
    kind: z.literal(MANIFEST_KIND),
    specVersion: z.literal(MANIFEST_VERSION),
    id: z
      .string()
      .max(64)
      .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'expected an id in kebab-case'),
    displayName: line(100),
    category: z.enum(['saas', 'local', 'reference']),
    capabilities: TrackerCapabilitiesSchema,
    configSchema: JsonObjectSchema,
    hosted: z.exactOptional(z.strictObject({ paramsSchema: JsonObjectSchema })),
    credentials: z
      .array(
        z.strictObject({
          name: z
            .string()
            .max(64)
            .regex(/^[A-Za-z]\w*$/, "expected an option's name"),
          env: z
            .string()
            .max(128)
            .regex(/^[A-Z][A-Z0-9_]*$/, 'expected a variable such as TRACKER_TOKEN'),
          secret: z.boolean(),
          description: line(1000),
        }),
      )
      .max(32),
  })
  .refine(
    (manifest) => JSON.stringify(manifest).length <= MAX_MANIFEST_BYTES,
    'the manifest is larger than 64 KiB',
  );

/** A manifest as a program hands it in. @throws TypeError */
export function parseManifest(input: unknown): PluginManifest {
  return parseOrThrow(
    PluginManifestSchema,
    input,
    (message) => new TypeError(`not a plugin manifest: ${message}`),
  );
}
