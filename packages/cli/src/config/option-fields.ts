import {
  type JsonObject,
  type JsonValue,
  JsonValueSchema,
  type PluginManifest,
} from '@spec-kitty/tracker-core';
import { z } from 'zod';

/** An option of a connector, as its manifest describes it. */
export interface OptionField {
  name: string;
  schema: JsonObject;
  /** In every variant of the configuration. */
  required: boolean;
  /** Absent where the manifest names none. */
  default?: JsonValue;
  /** The environment variable that it comes from; absent where it is no secret. */
  env?: string;
}

/** The options that can be set, in the order of the schema. */
export function optionFields({ configSchema, credentials }: PluginManifest): OptionField[] {
  const variants = variantsOf(configSchema);
  const fields = new Map<string, OptionField>();
  for (const { properties } of variants) {
    for (const [name, schema] of Object.entries(isObject(properties) ? properties : {})) {
      // What can have no value is only named so that it can be refused with its reason.
      if (!isObject(schema) || (isObject(schema['not']) && Object.keys(schema['not']).length === 0)) continue;
      if (fields.has(name)) continue;
      const env = credentials.find((credential) => credential.secret && credential.name === name)?.env;
      fields.set(name, {
        name,
        schema,
        required: variants.every(({ required }) => Array.isArray(required) && required.includes(name)),
        ...(schema['default'] === undefined ? {} : { default: schema['default'] }),
        ...(env === undefined ? {} : { env }),
      });
    }
  }
  return [...fields.values()];
}

/** What a person typed for an option, or why it is none. */
export function optionValue(
  { schema }: OptionField,
  text: string,
): { value: JsonValue } | { problem: string } {
  let value: JsonValue = text;
  if (schema['type'] !== 'string') {
    try {
      value = JsonValueSchema.parse(JSON.parse(text));
    } catch {
      // Text, then; the schema says whether it may be.
    }
  }
  // Undefined where zod cannot make a check of the schema: the connector itself checks it later.
  const parsed = checkOf(schema)?.safeParse(value);
  if (!parsed || parsed.success) return { value };
  return { problem: parsed.error.issues.map(({ message }) => message).join('; ') };
}

function checkOf(schema: JsonObject): z.ZodType | undefined {
  try {
    return z.fromJSONSchema(schema);
  } catch {
    return undefined;
  }
}

function variantsOf(schema: JsonObject): JsonObject[] {
  const variants = [schema['anyOf'], schema['oneOf']].flatMap((list) =>
    Array.isArray(list) ? list.filter(isObject) : [],
  );
  return variants.length === 0 ? [schema] : variants.flatMap(variantsOf);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
