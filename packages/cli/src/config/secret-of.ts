import type { JsonValue } from '@spec-kitty/tracker-core';
import { UsageError } from './usage-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** `${env:NAME}`, and nothing beside it. */
const REFERENCE = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/;

/** The variable that a value refers to; undefined for every other value. */
export function variableOf(value: JsonValue): string | undefined {
  return typeof value === 'string' ? REFERENCE.exec(value)?.[1] : undefined;
}

/** What a secret field of the config file stands for. `usual` is the variable to propose. @throws UsageError */
export function secretOf(value: JsonValue, fieldPath: string, usual: string, env: Environment): string {
  const variable = variableOf(value);
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
