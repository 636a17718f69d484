import { resolve } from 'node:path';
import { readConfig } from '../config/read-config.ts';
import { CONFIG_FILE } from '../config/schema.ts';
import { type TrustClaim, trustClaims } from '../config/trust-claims.ts';
import {
  addTrust,
  readTrust,
  realFile,
  type TrustEntry,
  trustCommandLine,
  untrusted,
  writeTrust,
} from '../config/trust-file.ts';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { findPlugins } from '../host/plugins.ts';
import { counted, shortTime } from '../output/names.ts';
import { folded, line, look, type Shown } from '../output/shown.ts';

export interface TrustOptions {
  list?: boolean;
  revoke?: boolean;
  yes?: boolean;
}

/** Lets a config file set what a stranger's may not: another program, another server. */
export async function trustCommand(context: CommandContext, options: TrustOptions): Promise<ExitCode> {
  if (options.list && options.revoke) {
    throw new UsageError('say --list or --revoke, not both', { code: 'choice_twice', fieldPath: '--list' });
  }
  if (options.list) return listTrust(context);
  if (options.revoke) return revokeTrust(context);
  return giveTrust(context, options.yes ?? false);
}

async function giveTrust(context: CommandContext, yes: boolean): Promise<ExitCode> {
  const { io, printer, signal } = context;
  const loaded = await readConfig(io.cwd, context.configFile);
  const plugins = await findPlugins(loaded.folder);
  const claims: TrustClaim[] = [];
  for (const [name, binding] of Object.entries(loaded.config.bindings)) {
    const plugin = plugins.found.find(({ manifest }) => manifest.id === binding.connector);
    if (plugin) claims.push(...trustClaims(name, binding, plugin.manifest));
    else {
      const missing = line`${name}: its connector ${binding.connector} is not installed; install it, then run this again`;
      for (const each of folded(missing, printer.errorWidth)) printer.note(each);
    }
  }
  const open = await untrusted(io.env, loaded.file, claims);
  if (open.length === 0) {
    printer.document({ config: loaded.file, trusted: [] });
    printer.result(
      claims.length === 0
        ? line`${loaded.file} sets nothing that needs trust.`
        : line`${loaded.file} is trusted already.`,
    );
    return EXIT.done;
  }
  printer.note(line`${loaded.file} sets:`);
  for (const claim of open) for (const each of claimLines(claim, printer.errorWidth)) printer.note(each);
  if (!yes) {
    if (!io.ask) {
      throw new UsageError('nobody is there to say whether this is trusted', {
        code: 'answer_missing',
        fieldPath: '--yes',
        hint: `Look at the values above; where they are right, run: ${trustCommandLine(context.configFile, '--yes')}`,
      });
    }
    const answer = await io.ask('Trust it to do that? [y/N] ', signal);
    if (!/^y(es)?$/i.test(answer?.trim() ?? '')) {
      printer.document({ config: loaded.file, trusted: [] });
      printer.note(line`Nothing is trusted.`);
      return EXIT.failures;
    }
  }
  await addTrust(io.env, loaded.file, open, new Date());
  printer.document({ config: loaded.file, trusted: open });
  const done = line`${counted(open.length, 'option')} trusted. A change of the value or of the file's place asks again.`;
  printer.results(folded(done, printer.width, ''));
  return EXIT.done;
}

async function listTrust({ io, printer }: CommandContext): Promise<ExitCode> {
  const trusted = await readTrust(io.env);
  printer.document({ trusted });
  if (trusted.length === 0) printer.result(line`No config file is trusted.`);
  for (const file of new Set(trusted.map((entry) => entry.file))) {
    printer.result(look('bold', file));
    for (const entry of trusted.filter((each) => each.file === file))
      printer.results(entryLines(entry, printer.width));
  }
  return EXIT.done;
}

async function revokeTrust({ io, printer, configFile }: CommandContext): Promise<ExitCode> {
  const file = await realFile(await fileToRevoke(io.cwd, configFile));
  const before = await readTrust(io.env);
  const revoked = before.filter((entry) => entry.file === file);
  if (revoked.length > 0) {
    await writeTrust(
      io.env,
      before.filter((entry) => entry.file !== file),
    );
  }
  printer.document({ config: file, revoked });
  printer.result(
    revoked.length === 0
      ? line`${file} was not trusted.`
      : line`${counted(revoked.length, 'option')} of ${file} trusted no more.`,
  );
  return EXIT.done;
}

/** Also of a config file that cannot be read, or is not there, any more. */
async function fileToRevoke(cwd: string, named: string | undefined): Promise<string> {
  if (named !== undefined) return resolve(cwd, named);
  return readConfig(cwd, undefined).then(
    ({ file }) => file,
    () => resolve(cwd, CONFIG_FILE),
  );
}

function claimLines({ binding, option, value, cwd }: TrustClaim, width: number): Shown[] {
  const folder = cwd === undefined ? line`` : line` (in ${cwd})`;
  return folded(line`  ${look('bold', binding)}  ${option} = ${look('yellow', value)}${folder}`, width);
}

function entryLines(entry: TrustEntry, width: number): Shown[] {
  return [...claimLines(entry, width), line`    ${look('dim', `since ${shortTime(entry.trustedAt)}`)}`];
}
