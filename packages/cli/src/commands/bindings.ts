import { readConfig } from '../config/read-config.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { targetsOf, workerControl } from '../host/worker-place.ts';
import { counted } from '../output/names.ts';
import { line, look } from '../output/shown.ts';

export interface BindingsOptions {
  credential?: string;
  reason?: string;
}

type Action = 'pause' | 'resume' | 'run';

interface Done {
  /** The binding, or the credential. */
  name: string;
  /** How many bindings it concerned; for `resume`, how many run again. */
  bindings: number;
}

/** `bindings pause`, `resume` and `run`: what the workers do with bindings, said from anywhere. */
export async function bindingsCommand(
  context: CommandContext,
  action: Action,
  names: readonly string[],
  options: BindingsOptions,
): Promise<ExitCode> {
  const { io, printer } = context;
  const loaded = await readConfig(io.cwd, context.configFile);
  const { control: opened, tenant } = await workerControl(context, loaded);
  await using control = opened;
  const done: Done[] = [];
  for (const { shown, target } of targetsOf(loaded, tenant, names, options.credential)) {
    const concerned =
      action === 'pause'
        ? await control.pause(target, options.reason ?? 'paused by hand')
        : action === 'resume'
          ? await control.resume(target)
          : Number('tenant' in target && (await control.runNow(target)));
    done.push({ name: shown, bindings: concerned });
  }
  printer.document({ action, done });
  for (const { name, bindings } of done)
    printer.result(line`${look('bold', name)}  ${said(action, bindings)}`);
  return done.some(({ bindings }) => bindings === 0) ? EXIT.failures : EXIT.done;
}

function said(action: Action, bindings: number): string {
  if (action === 'pause')
    return bindings === 0
      ? 'no worker knows it'
      : `${counted(bindings, 'binding')} paused; a run under way ends`;
  if (action === 'resume')
    return bindings === 0
      ? 'nothing runs again: no worker knows it, or its credential is paused'
      : `${counted(bindings, 'binding')} will run within a minute`;
  return bindings === 0
    ? 'does not run: no worker knows it, or it is paused'
    : 'runs as soon as a worker is free';
}
