import { describeZodError } from '../errors/from-zod.ts';
import { isJsonValue, isPlainObject, type JsonValue } from '../model/json.ts';
import {
  MANIFEST_KIND,
  MANIFEST_VERSION,
  MAX_MANIFEST_BYTES,
  type PluginManifest,
  PluginManifestSchema,
} from '../registry/plugin-manifest.ts';
import { readBounded } from './read-bounded.ts';
import { Rejection } from './rejection.ts';

/** Keys that reach an object's prototype where somebody copies them carelessly. */
const UNSAFE_KEYS = ['__proto__', 'constructor', 'prototype'];

/** Reads a manifest that a stranger wrote: size, then JSON, then what it claims to be, then the whole. @throws Rejection */
export async function readManifest(file: string): Promise<PluginManifest> {
  const value = parseJson(await bytesOf(file));
  if (!isPlainObject(value) || value['kind'] !== MANIFEST_KIND) {
    throw new Rejection(`its manifest's kind is not ${MANIFEST_KIND}`, { code: 'wrong_kind' });
  }
  // From here on it says that it is a connector; that it is a broken one does not give its id away.
  const { id: claimedId } = value;
  if (value['specVersion'] !== MANIFEST_VERSION) {
    const problem = `its manifest's specVersion is not ${MANIFEST_VERSION}, the one that this version of core reads`;
    throw new Rejection(problem, { code: 'unsupported_version', claimedId });
  }
  const parsed = PluginManifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Rejection(`its manifest: ${describeZodError(parsed.error).message}`, {
    code: 'invalid_manifest',
    claimedId,
  });
}

async function bytesOf(file: string): Promise<Uint8Array> {
  const bytes = await readBounded(file, MAX_MANIFEST_BYTES).catch((cause: unknown) => {
    throw new Rejection('its manifest cannot be read', { code: 'manifest_missing', cause });
  });
  if (bytes) return bytes;
  throw new Rejection(`its manifest is larger than ${MAX_MANIFEST_BYTES} bytes`, {
    code: 'manifest_too_large',
  });
}

function parseJson(bytes: Uint8Array): JsonValue {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new Rejection('its manifest is not JSON in UTF-8', { code: 'invalid_json', cause });
  }
  // Depth first: it bounds the walk that follows.
  if (!isJsonValue(value))
    throw new Rejection('its manifest is nested too deeply, or has a number that is too large', {
      code: 'unsafe_json',
    });
  const unsafe = unsafeKey(value);
  if (unsafe !== undefined)
    throw new Rejection(`its manifest has the key ${unsafe}`, { code: 'unsafe_json' });
  return value;
}

function unsafeKey(value: JsonValue): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = UNSAFE_KEYS.includes(key) ? key : unsafeKey(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
