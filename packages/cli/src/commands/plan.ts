import { SyncEngine, type SyncPlan } from '@spec-kitty/tracker-core';
import { type ExitCode, worst } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { openHost } from '../host/open-host.ts';
import { printPlan } from '../output/plan-view.ts';
import { line, look } from '../output/shown.ts';
import { printOpenMatters } from '../output/summary.ts';
import { codeOf } from './run.ts';

export interface PlanCommandOptions {
  full?: boolean;
  all?: boolean;
}

/** What `sync` would do now, without doing it. */
export async function planCommand(
  context: CommandContext,
  names: readonly string[],
  options: PlanCommandOptions,
): Promise<ExitCode> {
  const { printer, signal } = context;
  await using host = await openHost(context);
  const plans: { binding: string; plan: SyncPlan }[] = [];
  for (const [index, binding] of (await host.bindings(names)).entries()) {
    if (index > 0) printer.result();
    printer.status(line`${look('bold', binding.name)}  planning`);
    const engine = new SyncEngine(host.engineOptions(binding));
    const plan = await engine.plan({ signal, ...(options.full ? { full: true } : {}) });
    printer.clearStatus();
    plans.push({ binding: binding.name, plan });
    printPlan(printer, binding.name, plan, { most: options.all ? Number.POSITIVE_INFINITY : 50 });
    printOpenMatters(printer, binding.name, plan.result);
  }
  printer.document({ plans });
  return worst(plans.map(({ plan }) => codeOf(plan.result)));
}
