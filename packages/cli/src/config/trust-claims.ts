import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue, PluginManifest } from '@spec-kitty/tracker-core';

/** An option by which a config file would have another program run, or another server called, than the default. */
export interface TrustClaim {
  binding: string;
  connector: string;
  /** Its path inside the binding's options. */
  option: string;
  /** As the file has it; what is no text, as JSON. */
  value: string;
  /** The folder option beside a command: a relative command is another program in another folder. */
  cwd?: string;
}

const TRUSTED_ONLY: readonly string[] = ['command', 'baseUrl'];

/** What of a binding's options needs trust, in the order of the file. */
export function trustClaims(
  binding: string,
  { connector, options }: { connector: string; options: JsonObject },
  { configSchema }: PluginManifest,
): TrustClaim[] {
  const { cwd } = options;
  return sensitive(options, '').flatMap(([option, value]): TrustClaim[] => {
    if (defaultsOf(configSchema, option).includes(value)) return [];
    const inFolder = option.endsWith('command') && typeof cwd === 'string' ? { cwd } : {};
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return [{ binding, connector, option, value: text, ...inFolder }];
  });
}

/** The same for the same claim; another one asks again. */
export function fingerprintOf({ binding, connector, option, value, cwd }: TrustClaim): string {
  const parts = [binding, connector, option, value, cwd ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

export const wouldDo = ({ option }: TrustClaim): string =>
  option.endsWith('command') ? 'would run another program' : 'would send requests and credentials elsewhere';

function sensitive(value: JsonValue, path: string): [string, JsonValue][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]): [string, JsonValue][] => {
    const inner = path === '' ? key : `${path}.${key}`;
    return TRUSTED_ONLY.includes(key) ? [[inner, item]] : sensitive(item, inner);
  });
}

/** A schema may spread its options over variants. */
function defaultsOf(schema: JsonObject, option: string): JsonValue[] {
  const property = objectOf(objectOf(schema['properties'])?.[option]);
  const variants = [schema['anyOf'], schema['oneOf'], schema['allOf']].flatMap((list) =>
    Array.isArray(list) ? list.filter(isObject) : [],
  );
  return [
    ...(property?.['default'] === undefined ? [] : [property['default']]),
    ...variants.flatMap((variant) => defaultsOf(variant, option)),
  ];
}

function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
