import { resolve } from 'node:path';
import type { JsonObject, JsonValue, PluginManifest } from '@spec-kitty/tracker-core';
import { type Environment, secretOf } from './secret-of.ts';
import { UsageError } from './usage-error.ts';

/** Options that are files or folders, whatever the connector: they are meant from the config file's folder. */
const PATHS = new Set(['file', 'exportFile', 'cwd']);

export interface ResolvedOptions {
  options: JsonObject;
  /** Their values, to be masked wherever they would appear. */
  secrets: string[];
}

/**
 * A connector's options as it takes them. A config file may come from a stranger's repository: the environment is
 * read for declared secrets alone, and secrets are never in the file. What is run or called needs trust besides.
 * @throws UsageError
 */
export function resolveOptions(
  path: string,
  options: JsonObject,
  manifest: PluginManifest,
  surroundings: { folder: string; env: Environment },
): ResolvedOptions {
  const secretNames = new Set(manifest.credentials.filter(({ secret }) => secret).map(({ name }) => name));
  const resolved: JsonObject = {};
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    const fieldPath = `${path}.${name}`;
    if (secretNames.has(name)) {
      const secret = secretFrom(value, fieldPath, manifest, name, surroundings.env);
      secrets.push(secret);
      resolved[name] = secret;
      continue;
    }
    refuseReferences(value, fieldPath);
    resolved[name] =
      PATHS.has(name) && typeof value === 'string' ? resolve(surroundings.folder, value) : value;
  }
  return { options: resolved, secrets };
}

function secretFrom(
  value: JsonValue,
  fieldPath: string,
  manifest: PluginManifest,
  name: string,
  env: Environment,
): string {
  const usual = manifest.credentials.find((credential) => credential.name === name)?.env ?? 'NAME';
  return secretOf(value, fieldPath, usual, env);
}

/** A reference elsewhere would hand the environment to whatever shows or sends that option. */
function refuseReferences(value: JsonValue, fieldPath: string): void {
  if (typeof value === 'string' && value.includes('${env:')) {
    throw new UsageError(
      `${fieldPath} is not a secret of this connector, so it cannot come from the environment`,
      {
        code: 'config_env_refused',
        fieldPath,
      },
    );
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) refuseReferences(item, `${fieldPath}.${key}`);
}
