import {
  type BindingRow,
  type CanonicalIssue,
  isTrackerError,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import { resolveOptions } from '../config/binding-options.ts';
import type { LoadedConfig } from '../config/read-config.ts';
import type { BindingConfig } from '../config/schema.ts';
import { trustClaims } from '../config/trust-claims.ts';
import { requireTrust } from '../config/trust-file.ts';
import { UsageError } from '../config/usage-error.ts';
import type { Check } from '../output/check-view.ts';
import { reportOf } from '../output/error-view.ts';
import { counted, shortTime } from '../output/names.ts';
import { checkWork } from './check-store.ts';
import { connectBinding, type OpenBinding } from './connect-binding.ts';
import type { CommandContext } from './context.ts';
import { type Plugins, requirePlugin } from './plugins.ts';

/** A tracker that answers slower than this does not work for a sync either. */
const ANSWER_MS = 30_000;
/** Clocks differ by seconds, and a tracker's listing may round up. */
const AHEAD_MS = 5 * 60_000;

interface Surroundings {
  context: CommandContext;
  loaded: LoadedConfig;
  plugins: Plugins;
  store: SyncStore | undefined;
}

/** What a run of the binding needs, one after the other: what follows a failure cannot be looked at. */
export async function checkBinding(
  surroundings: Surroundings,
  name: string,
  config: BindingConfig,
): Promise<Check[]> {
  const { context, loaded, plugins, store } = surroundings;
  const path = `bindings.${name}`;
  const checks: Check[] = [];
  let current: Check['check'] = 'connector';
  const ok = (message: string): void =>
    void checks.push({ check: current, binding: name, state: 'ok', message });
  try {
    const { manifest } = requirePlugin(plugins, config.connector, `${path}.connector`);
    ok(`${manifest.displayName} (${manifest.id}) is installed`);
    current = 'trust';
    const claims = trustClaims(name, config, manifest);
    await requireTrust(context.io.env, loaded.file, claims, context.configFile);
    ok(claims.length === 0 ? 'nothing that needs trust' : `${counted(claims.length, 'option')} trusted`);
    current = 'credentials';
    const surroundingsOfOptions = { folder: loaded.folder, env: context.io.env };
    const { secrets } = resolveOptions(`${path}.options`, config.options, manifest, surroundingsOfOptions);
    ok(
      secrets.length === 0 ? 'none in use' : `${counted(secrets.length, 'secret')} found in the environment`,
    );
    current = 'options';
    const binding = await connectBinding(context, loaded, plugins, name, config);
    try {
      ok(`${binding.place.system}:${binding.place.workspace}`);
      current = 'tracker';
      const newest = await reach(context, binding, checks);
      current = 'clock';
      const row = (await store?.backend.bindings())?.find(({ id }) => id === binding.id);
      checks.push(clockCheck(name, row, newest));
      current = 'work';
      if (store) checks.push(...(await checkWork(store, name, binding.id)));
    } finally {
      await binding.connector[Symbol.asyncDispose]();
    }
  } catch (error) {
    if (!isTrackerError(error) && !(error instanceof UsageError)) throw error;
    const { message, hint } = reportOf(error, name);
    checks.push({ check: current, binding: name, state: 'failure', message, ...(hint ? { hint } : {}) });
  }
  return checks;
}

/** Reads one issue. Writing is not tried: a check changes nothing. */
async function reach(
  { printer, signal }: CommandContext,
  { name, connector, config, manifest }: OpenBinding,
  checks: Check[],
): Promise<CanonicalIssue | undefined> {
  const { supportsWrite } = await connector.getCapabilities();
  const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const { items, failures = [] } = await connector.listIssues({
    limit: 1,
    signal: within,
    ...(config.filters === undefined ? {} : { filters: config.filters }),
  });
  printer.clearStatus();
  const narrowed = supportsWrite === false && manifest.capabilities.supportsWrite !== false;
  const [first] = items;
  const [failure] = failures;
  checks.push({
    check: 'tracker',
    binding: name,
    state: failure ? 'warning' : 'ok',
    message: failure
      ? `it answers, but an issue cannot be read: ${failure.message}`
      : `it answers${first ? '' : ', with no issue'}; ${
          supportsWrite === false
            ? 'this connector only reads it'
            : 'whether these credentials may write shows at the first push'
        }`,
    ...(narrowed ? { hint: 'The connector could write, but not as it is set up here.' } : {}),
  });
  return first;
}

/** What lies ahead of this machine's clock: one of the two clocks is wrong then. */
function clockCheck(name: string, row: BindingRow | undefined, issue: CanonicalIssue | undefined): Check {
  const latest = Date.now() + AHEAD_MS;
  const times: [string, string | null | undefined][] = [
    ['the last run of this store', row?.lastRunAt],
    ['the newest change read from the tracker', row?.checkpoint.updatedSince],
    ['a change at the tracker', issue?.updatedAt],
  ];
  const ahead = times.find(([, time]) => time && Date.parse(time) > latest);
  if (!ahead)
    return { check: 'clock', binding: name, state: 'ok', message: 'no time that is known lies ahead' };
  return {
    check: 'clock',
    binding: name,
    state: 'warning',
    message: `${ahead[0]} was at ${shortTime(ahead[1])}, by this machine's clock in the future`,
    hint: "Compare this machine's clock with the tracker's. With newer_timestamp, wrong times settle conflicts wrongly.",
  };
}
