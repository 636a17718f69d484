import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describeZodError } from '@spec-kitty/tracker-core';
import { CONFIG_FILE, type Config, ConfigSchema } from './schema.ts';
import { UsageError } from './usage-error.ts';

/** A config file that was read. */
export interface LoadedConfig {
  file: string;
  /** Paths in the file are relative to this. */
  folder: string;
  config: Config;
}

/** No config file comes near; it bounds what a stranger's file may cost. */
const MAX_BYTES = 1_048_576;

/** The file that was named, else the nearest one from `cwd` upwards. @throws UsageError */
export async function readConfig(cwd: string, named: string | undefined): Promise<LoadedConfig> {
  const file = named === undefined ? await findConfig(cwd) : resolve(cwd, named);
  return { file, folder: dirname(file), config: parseConfig(file, await readText(file)) };
}

/**
 * The environment is read for secrets alone: the options of connectors are looked at with their manifests, a connection
 * string where it is used.
 */
function refuseReferences({ bindings, store, ...rest }: Config): void {
  const others: [string, unknown][] = Object.entries(rest);
  const { postgres, ...file } = store;
  const { connectionString: _secret, ...place } = postgres ?? {};
  for (const [key, value] of Object.entries({ ...file, ...place })) {
    others.push([`store.${key === 'path' ? '' : 'postgres.'}${key}`, value]);
  }
  for (const [name, { options: _options, ...binding }] of Object.entries(bindings)) {
    others.push(
      ...Object.entries(binding).map(([key, value]): [string, unknown] => [`bindings.${name}.${key}`, value]),
    );
  }
  const found = others.find(([, value]) => JSON.stringify(value).includes('${env:'));
  if (!found) return;
  throw new UsageError(`${found[0]} cannot come from the environment; only secrets can`, {
    code: 'config_env_refused',
    fieldPath: found[0],
  });
}

async function findConfig(cwd: string): Promise<string> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const file = join(folder, CONFIG_FILE);
    if ((await stat(file).catch(() => undefined))?.isFile()) return file;
    if (dirname(folder) === folder) {
      throw new UsageError(`there is no ${CONFIG_FILE} here or in a folder above`, {
        code: 'config_missing',
        fieldPath: '--config',
        hint: 'Make one with "spec-kitty-tracker init", or name one with --config FILE.',
      });
    }
  }
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size <= MAX_BYTES) return await readFile(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new UsageError(`the config file ${file} cannot be read (${why})`, {
      code: 'config_missing',
      fieldPath: '--config',
      cause,
    });
  }
  throw new UsageError(`the config file ${file} is larger than ${MAX_BYTES} bytes`, {
    code: 'config_invalid',
  });
}

/** The text of a config file; `file` names it in errors. @throws UsageError */
export function parseConfig(file: string, text: string): Config {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    // The engine's message quotes the text, which may hold a secret; so it does not become the cause either.
    const position = cause instanceof Error ? /line \d+ column \d+/.exec(cause.message)?.[0] : undefined;
    // biome-ignore lint/style/useErrorCause: see above
    throw new UsageError(`${file} is not JSON${position === undefined ? '' : ` (${position})`}`, {
      code: 'config_invalid',
    });
  }
  const parsed = ConfigSchema.safeParse(json);
  if (parsed.success) {
    refuseReferences(parsed.data);
    return parsed.data;
  }
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new UsageError(`${file}: ${message}`, {
    code: 'config_invalid',
    fieldPath,
    ...(fieldPath.includes('.strategy') && text.includes('"merge"')
      ? { hint: 'The strategy "merge" needs a host that merges text.' }
      : {}),
  });
}
