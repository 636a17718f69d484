import { SyncEngine, SyncGuardError, type SyncPlan, type SyncResult } from '@spec-kitty/tracker-core';
import { z } from 'zod';
import { EXIT, type ExitCode, worst } from '../exit-codes.ts';
import type { OpenBinding } from '../host/connect-binding.ts';
import type { CommandContext } from '../host/context.ts';
import { type Host, openHost } from '../host/open-host.ts';
import { type ErrorReport, exitCodeOf, printError, reportOf } from '../output/error-view.ts';
import { printPlan } from '../output/plan-view.ts';
import { Progress } from '../output/progress.ts';
import { folded, line, look } from '../output/shown.ts';
import { printSummary } from '../output/summary.ts';

export interface RunCommandOptions {
  full?: boolean;
  yes?: boolean;
  /** In seconds. */
  timeBudget?: number;
}

type Operation = 'pull' | 'push' | 'sync';

/** One binding's run, as `--json` shows it. */
type RunEntry =
  | { binding: string; operation: Operation; result: SyncResult; rows?: Record<string, number> }
  | { binding: string; operation: Operation; error: ErrorReport }
  | { binding: string; operation: Operation; declined: true };

/** `pull`, `push` and `sync`: one binding after the other. */
export async function runCommand(
  context: CommandContext,
  operation: Operation,
  names: readonly string[],
  options: RunCommandOptions,
): Promise<ExitCode> {
  const { printer, signal } = context;
  await using host = await openHost(context);
  const runs: RunEntry[] = [];
  const codes: ExitCode[] = [];
  for (const [index, binding] of (await host.bindings(names)).entries()) {
    if (signal.aborted) break;
    if (index > 0) printer.result();
    try {
      const entry = await runBinding(context, host, binding, operation, options);
      runs.push(entry);
      codes.push('result' in entry ? codeOf(entry.result) : EXIT.failures);
    } catch (error) {
      printer.clearStatus();
      const report = reportOf(error, binding.name);
      runs.push({ binding: binding.name, operation, error: report });
      codes.push(exitCodeOf(error));
      printError(printer, report, binding.name);
    }
  }
  printer.document({ runs });
  if (signal.aborted) codes.push(EXIT.failures);
  return worst(codes);
}

export function codeOf(result: SyncResult): ExitCode {
  if (result.failures.length > 0) return EXIT.failures;
  return result.openConflicts > 0 ? EXIT.conflicts : EXIT.done;
}

async function runBinding(
  context: CommandContext,
  host: Host,
  binding: OpenBinding,
  operation: Operation,
  options: RunCommandOptions,
): Promise<RunEntry> {
  const { printer, signal } = context;
  const { name } = binding;
  const progress = new Progress(printer, `${name} ${operation}`);
  const engine = new SyncEngine({
    ...host.engineOptions(binding),
    onEvent: (event) => progress.on(event),
  });
  const runOptions = {
    signal,
    ...(options.full ? { full: true } : {}),
    ...(options.timeBudget === undefined ? {} : { timeBudgetMs: options.timeBudget * 1000 }),
  };
  const first = operation !== 'pull' && !options.yes && (await isFirst(host, binding));
  const asks = first && context.io.ask !== undefined;
  if (first && !asks) {
    const text = line`${look('bold', name)}  first ${operation}: nobody is there to ask, so it goes on; limits in the config file bound it`;
    for (const each of folded(text, printer.errorWidth)) printer.note(each);
  }
  const plan = asks ? await agreedPlan(context, binding, operation, engine, runOptions) : undefined;
  if (asks && !plan) return { binding: name, operation, declined: true };
  const started = performance.now();
  // What was shown is what is done: where something moved in between, it is named and nothing is written.
  const result =
    plan && operation === 'sync' ? await engine.apply(plan, runOptions) : await engine[operation](runOptions);
  printer.clearStatus();
  const rows = rowsOf(binding.connector);
  const withRows = rows && operation !== 'push' ? { rows } : {};
  printSummary(printer, {
    binding: name,
    operation,
    result,
    seconds: (performance.now() - started) / 1000,
    ...withRows,
  });
  return { binding: name, operation, result, ...withRows };
}

/** Nothing was ever sent to this tracker from this store. */
async function isFirst(host: Host, { id }: OpenBinding): Promise<boolean> {
  const runs = await host.store.listRuns({ bindingId: id, limit: 10_000 });
  return !runs.some(({ operation }) => operation === 'push' || operation === 'sync');
}

/** Shows what the first run would do, and asks; the plan where the answer is yes. */
async function agreedPlan(
  { io, printer, signal }: CommandContext,
  { name, config }: OpenBinding,
  operation: 'push' | 'sync',
  engine: SyncEngine,
  runOptions: { signal: AbortSignal; full?: boolean; timeBudgetMs?: number },
): Promise<SyncPlan | undefined> {
  printer.status(line`${look('bold', name)}  planning`);
  const plan = await engine.plan(runOptions);
  printer.clearStatus();
  const nothing = plan.writes.length === 0 && (operation === 'push' || plan.changes.length === 0);
  if (signal.aborted) return undefined;
  if (nothing) return plan;
  printer.note(line`This is the first ${operation} of ${look('bold', name)}. It would do this:`);
  printer.note(line``);
  printPlan(printer, name, operation === 'push' ? { ...plan, changes: [] } : plan, {
    most: 20,
    asNote: true,
  });
  printer.note(line``);
  requireLimits(plan, config.limits);
  const answer = await io.ask?.('Go on? [y/N] ', signal);
  if (/^y(es)?$/i.test(answer?.trim() ?? '')) return plan;
  printer.note(line`Nothing was done.`);
  return undefined;
}

/** `apply` takes a plan as agreed to; the limits of the config file hold all the same. */
function requireLimits({ counts }: SyncPlan, limits: OpenBinding['config']['limits']): void {
  const { maxCreates = Infinity, maxUpdates = Infinity, maxDeletes = Infinity } = limits ?? {};
  if (counts.creates <= maxCreates && counts.updates <= maxUpdates && counts.deletes <= maxDeletes) return;
  const planned = `${counts.creates} creates, ${counts.updates} updates and ${counts.deletes} deletes`;
  throw new SyncGuardError(`it would make ${planned}, more than its limits allow; nothing was written`, {
    counts,
  });
}

const RowsSchema = z.record(z.string(), z.int().min(0));

/** A connector that reads files may say how their rows add up, so that none is lost unseen. */
function rowsOf(connector: object): Record<string, number> | undefined {
  if (!('lastReadSummary' in connector) || typeof connector.lastReadSummary !== 'function') return undefined;
  return RowsSchema.safeParse(connector.lastReadSummary()).data;
}
