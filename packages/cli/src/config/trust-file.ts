import { randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { fingerprintOf, type TrustClaim, wouldDo } from './trust-claims.ts';
import { UsageError } from './usage-error.ts';

/** What a person trusted, and of which config file. */
export interface TrustEntry extends TrustClaim {
  /** The config file's real path. */
  file: string;
  fingerprint: string;
  trustedAt: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const TrustFileSchema: z.ZodType<{ version: 1; trusted: TrustEntry[] }> = z.strictObject({
  version: z.literal(1),
  trusted: z.array(
    z.strictObject({
      file: z.string(),
      fingerprint: z.string(),
      binding: z.string(),
      connector: z.string(),
      option: z.string(),
      value: z.string(),
      cwd: z.exactOptional(z.string()),
      trustedAt: z.string(),
    }),
  ),
});

/** In the user's own folder, where no repository can put it. */
export function trustFilePath(env: Environment, platform: NodeJS.Platform = process.platform): string {
  // A relative one is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  const given = platform === 'win32' ? env['APPDATA'] : env['XDG_CONFIG_HOME'];
  const folder = given && isAbsolute(given) ? given : join(env['HOME'] || homedir(), '.config');
  return join(folder, 'spec-kitty-tracker', 'trust.json');
}

/** Everything that was trusted. @throws UsageError where the file is damaged, or others may write it. */
export async function readTrust(env: Environment): Promise<TrustEntry[]> {
  const file = trustFilePath(env);
  let text: string;
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o022) !== 0) throw unusable(file, 'others may write it');
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENOENT') return [];
    throw unusable(file, code, error);
  }
  try {
    return TrustFileSchema.parse(JSON.parse(text)).trusted;
  } catch (cause) {
    throw unusable(file, 'it is damaged', cause);
  }
}

/** Whole or not at all; nobody else may read it. */
export async function writeTrust(env: Environment, trusted: readonly TrustEntry[]): Promise<void> {
  const file = trustFilePath(env);
  const written = `${file}.${randomUUID()}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(written, `${JSON.stringify({ version: 1, trusted }, null, 2)}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
    await rename(written, file);
  } catch (cause) {
    await rm(written, { force: true }).catch(() => undefined);
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw unusable(file, why, cause);
  }
}

/** Adds claims of one config file to what is trusted; a former value of the same option goes. */
export async function addTrust(
  env: Environment,
  configFile: string,
  claims: readonly TrustClaim[],
  now: Date,
): Promise<void> {
  const file = await realFile(configFile);
  const replaced = (entry: TrustEntry): boolean =>
    entry.file === file &&
    claims.some(({ binding, option }) => entry.binding === binding && entry.option === option);
  const before = (await readTrust(env)).filter((entry) => !replaced(entry));
  const trustedAt = now.toISOString();
  const added = claims.map((claim) => ({ ...claim, file, fingerprint: fingerprintOf(claim), trustedAt }));
  await writeTrust(env, [...before, ...added]);
}

/** Those of the claims that nobody has trusted yet. */
export async function untrusted(
  env: Environment,
  configFile: string,
  claims: readonly TrustClaim[],
): Promise<TrustClaim[]> {
  if (claims.length === 0) return [];
  const [file, trusted] = [await realFile(configFile), await readTrust(env)];
  return claims.filter((claim) => {
    const fingerprint = fingerprintOf(claim);
    return !trusted.some((entry) => entry.file === file && entry.fingerprint === fingerprint);
  });
}

/**
 * @param named the config file as `--config` named it.
 * @throws UsageError for the first claim that nobody has trusted.
 */
export async function requireTrust(
  env: Environment,
  configFile: string,
  claims: readonly TrustClaim[],
  named: string | undefined,
): Promise<void> {
  const [claim] = await untrusted(env, configFile, claims);
  if (!claim) return;
  const fieldPath = `bindings.${claim.binding}.options.${claim.option}`;
  const folder = claim.cwd === undefined ? '' : ` (in ${claim.cwd})`;
  throw new UsageError(
    `${fieldPath} ${wouldDo(claim)} than the connector's default: ${claim.value}${folder}`,
    {
      code: 'config_untrusted',
      fieldPath,
      hint: `If you trust this config file to do that, run: ${trustCommandLine(named)}`,
    },
  );
}

/** The command that trusts a config file, to be pasted into a shell. */
export function trustCommandLine(named: string | undefined, ...flags: string[]): string {
  const file =
    named === undefined || /^[\w./~@:-]+$/.test(named) ? named : `'${named.replaceAll("'", `'\\''`)}'`;
  return ['spec-kitty-tracker trust', ...(file === undefined ? [] : [`--config ${file}`]), ...flags].join(
    ' ',
  );
}

/** The path that trust is kept by; as given where there is no such file any more. */
export async function realFile(file: string): Promise<string> {
  return realpath(file).catch(() => resolve(file));
}

function unusable(file: string, why: string, cause?: unknown): UsageError {
  return new UsageError(`the list of trusted config files, ${file}, cannot be used (${why})`, {
    code: 'trust_unusable',
    hint: 'Look at it, mend its permissions or remove it, and trust your config files again.',
    cause,
  });
}
