import * as z from 'zod';
import { type JsonObject, JsonObjectSchema } from '../model/json.ts';
import { MANIFEST_KIND, MANIFEST_VERSION, type PluginManifest, parseManifest } from './plugin-manifest.ts';

/** The JSON Schema of what a zod schema takes. What JSON Schema cannot say (a custom check) is left open. */
export function jsonSchemaOf(schema: z.ZodType): JsonObject {
  return JsonObjectSchema.parse({ ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) });
}

/**
 * A plugin's manifest, with JSON Schemas made from its zod schemas; connectors' builds write it to a file.
 * @throws TypeError where it would be no valid manifest.
 */
export function manifestOf(
  options: Omit<PluginManifest, 'kind' | 'specVersion' | 'configSchema' | 'hosted'> & {
    configSchema: z.ZodType;
    hosted?: { paramsSchema: z.ZodType } | undefined;
  },
): PluginManifest {
  const { configSchema, hosted, ...rest } = options;
  return parseManifest({
    kind: MANIFEST_KIND,
    specVersion: MANIFEST_VERSION,
    ...rest,
    configSchema: jsonSchemaOf(configSchema),
    ...(hosted && { hosted: { paramsSchema: jsonSchemaOf(hosted.paramsSchema) } }),
  });
}
