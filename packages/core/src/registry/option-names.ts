import { isPlainObject } from '../model/json.ts';

/** The options that a JSON Schema of a configuration knows; undefined where it takes any. */
export function optionNames(schema: unknown): string[] | undefined {
  if (!isPlainObject(schema)) return undefined;
  const { properties, additionalProperties, anyOf, oneOf, allOf } = schema;
  const variants = [anyOf, oneOf, allOf].flatMap((list): unknown[] => (Array.isArray(list) ? list : []));
  if (variants.length > 0) {
    const names = variants.map(optionNames);
    return names.includes(undefined) ? undefined : [...new Set(names.flatMap((list) => list ?? []))];
  }
  // A zod object that is not strict drops what it does not know and says nothing of `additionalProperties`.
  const open = additionalProperties !== undefined && additionalProperties !== false;
  return isPlainObject(properties) && !open ? Object.keys(properties) : undefined;
}
