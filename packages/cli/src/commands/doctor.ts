import { type LoadedConfig, readConfig } from '../config/read-config.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { checkBinding } from '../host/check-binding.ts';
import { checkStore } from '../host/check-store.ts';
import type { CommandContext } from '../host/context.ts';
import { findPlugins } from '../host/plugins.ts';
import { type Check, printChecks } from '../output/check-view.ts';
import { reportOf } from '../output/error-view.ts';
import { counted } from '../output/names.ts';
import { line, look } from '../output/shown.ts';

/** Looks at everything that a run needs, and says what to do. Changes nothing, at no tracker. */
export async function doctorCommand(context: CommandContext): Promise<ExitCode> {
  const { io, printer, signal } = context;
  let loaded: LoadedConfig;
  try {
    loaded = await readConfig(io.cwd, context.configFile);
  } catch (error) {
    const { message, hint } = reportOf(error);
    const failed: Check = { check: 'config', state: 'failure', message, ...(hint ? { hint } : {}) };
    return conclude(context, [failed], {});
  }
  const { file, folder, config } = loaded;
  const names = Object.keys(config.bindings);
  const { place, checks: ofStore, store } = await checkStore(context, loaded);
  const checks: Check[] = [
    { check: 'config', state: 'ok', message: `${file}, ${counted(names.length, 'binding')}` },
    ...ofStore,
  ];
  try {
    const plugins = await findPlugins(folder);
    for (const [name, binding] of Object.entries(config.bindings)) {
      if (signal.aborted) break;
      printer.status(line`${look('bold', name)}  asking its tracker`);
      checks.push(...(await checkBinding({ context, loaded, plugins, store }, name, binding)));
      printer.clearStatus();
    }
  } finally {
    await store?.[Symbol.asyncDispose]();
  }
  return conclude(context, checks, { config: file, store: place });
}

/** What is wrong here and not at a tracker. */
const OF_CONFIG: readonly Check['check'][] = ['config', 'connector', 'trust', 'credentials', 'options'];

function conclude(
  { printer, signal }: CommandContext,
  checks: readonly Check[],
  files: { config?: string; store?: string },
): ExitCode {
  printer.document({ config: null, store: null, ...files, checks });
  printChecks(printer, checks);
  const failures = checks.filter(({ state }) => state === 'failure');
  const warnings = checks.filter(({ state }) => state === 'warning');
  printer.result();
  printer.result(
    failures.length + warnings.length === 0
      ? line`Everything is ${look('green', 'in order')}.`
      : line`${counted(failures.length, 'failure')}, ${counted(warnings.length, 'warning')}.`,
  );
  if (failures.some(({ check }) => OF_CONFIG.includes(check))) return EXIT.usage;
  return failures.length > 0 || signal.aborted ? EXIT.failures : EXIT.done;
}
