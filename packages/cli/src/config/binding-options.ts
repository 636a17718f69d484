import { resolve } from 'node:path';
import type { JsonObject, JsonValue, PluginManifest } from '@spec-kitty/tracker-core';
import { UsageError } from './usage-error.ts';

/** Options that are files or folders, whatever the connector: they are meant from the config file's folder. */
const PATHS = new Set(['file', 'exportFile', 'cwd']);
const REFERENCE = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/;

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
  surroundings: { folder: string; env: Readonly<Record<string, string | undefined>> },
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
  env: Readonly<Record<string, string | undefined>>,
): string {
  const variable = typeof value === 'string' ? REFERENCE.exec(value)?.[1] : undefined;
  const usual = manifest.credentials.find((credential) => credential.name === name)?.env ?? 'NAME';
  if (variable === undefined) {
    throw new UsageError(`${fieldPath} is a secret and must not stand in the config file`, {
      code: 'config_plain_secret',
      fieldPath,
      hint: `Write "\${env:${usual}}" there, and set ${usual} in the environment.`,
    });
  }
  const secret = env[variable];
  if (secret !== undefined && secret !== '') return secret;
  throw new UsageError(`${fieldPath} asks for the environment variable ${variable}, which is not set`, {
    code: 'config_env_missing',
    fieldPath,
    hint: `Set ${variable} and run this again.`,
  });
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
