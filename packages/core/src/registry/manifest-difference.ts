import { formatPath } from '../errors/from-zod.ts';
import { isPlainObject } from '../model/json.ts';
import { optionNames } from './option-names.ts';
import type { PluginManifest } from './plugin-manifest.ts';

/** The path of the first value in which two manifests differ, such as `manifest.capabilities.lagMs`. */
export function manifestDifference(announced: PluginManifest, actual: PluginManifest): string | undefined {
  const path = difference(comparable(announced), comparable(actual), ['manifest']);
  return path && formatPath(path);
}

/** Without what is derived, and worded otherwise by another version of zod: of the schemas, the options' names stay. */
function comparable({ configSchema, hosted, ...rest }: PluginManifest): unknown {
  const names = (schema: unknown): string => optionNames(schema)?.sort().join() ?? '';
  return {
    ...rest,
    configSchema: names(configSchema),
    ...(hosted && { hosted: { paramsSchema: names(hosted.paramsSchema) } }),
  };
}

function difference(one: unknown, other: unknown, path: PropertyKey[]): PropertyKey[] | undefined {
  const held = partsOf(one);
  const otherHeld = partsOf(other);
  if (!held || !otherHeld) return one === other ? undefined : path;
  for (const key of new Set([...held.keys(), ...otherHeld.keys()])) {
    const found = difference(held.get(key), otherHeld.get(key), [...path, key]);
    if (found) return found;
  }
  return undefined;
}

function partsOf(value: unknown): Map<PropertyKey, unknown> | undefined {
  if (Array.isArray(value)) return new Map(value.entries());
  return isPlainObject(value) ? new Map(Object.entries(value)) : undefined;
}
