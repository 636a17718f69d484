import { SyncEngine, type SyncResult } from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { OpenBinding } from '../host/connect-binding.ts';
import type { CommandContext } from '../host/context.ts';
import { type Host, openHost } from '../host/open-host.ts';
import { EventWorker } from '../listen/event-worker.ts';
import { InboxWriter } from '../listen/inbox-writer.ts';
import { printError, reportOf } from '../output/error-view.ts';
import { counted } from '../output/names.ts';
import { issueCounts } from '../output/run-view.ts';
import { line, look } from '../output/shown.ts';

export interface ListenOptions {
  port: number;
  host?: string;
  maxBytes?: number;
}

const LOOPBACK = '127.0.0.1';
/** Beyond what vendors send of an issue; GitHub's own bound of any delivery is 25 MB. */
const MAX_BYTES = 5 * 2 ** 20;

/** Receives webhooks for the bindings until it is interrupted, and works their events off. */
export async function listenCommand(
  context: CommandContext,
  names: readonly string[],
  options: ListenOptions,
): Promise<ExitCode> {
  const { printer, signal } = context;
  const { serve, createReceiver } = await library();
  await using host = await openHost(context);
  const bindings = await receiving(context, host, names);
  const inbox = new InboxWriter(host.store);
  const workers = new Map(bindings.map((binding) => [binding.name, workerOf(context, host, binding)]));
  let received = 0;
  const app = createReceiver({
    bindings,
    maxBytes: options.maxBytes ?? MAX_BYTES,
    async store(binding, events) {
      await inbox.put(binding.id, events);
      received += events.length;
      workers.get(binding.name)?.wake();
    },
    refused: (name, status, message) =>
      printer.note(line`${look('bold', name)}  ${look('red', `refused with ${status}`)}  ${message}`),
    state: () => ({ bindings: bindings.map(({ name }) => name), received }),
  });
  const hostname = options.host ?? LOOPBACK;
  const server = await started(serve, { fetch: app.fetch, port: options.port, hostname });
  const { port } = server;
  const urls = bindings.map(({ name }) => ({
    binding: name,
    url: `http://${hostname}:${port}/webhooks/${encodeURIComponent(name)}`,
  }));
  printer.document({ listening: urls, health: `http://${hostname}:${port}/health` });
  for (const { binding, url } of urls) printer.result(line`${look('bold', binding)}  ${url}`);
  printer.note(line`Listening until Ctrl-C.`);
  // What an earlier run did not come to.
  for (const worker of workers.values()) worker.wake();

  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.close();
  await Promise.all([...workers.values()].map((worker) => worker.stop()));
  return EXIT.done;
}

/** The web server is there where somebody wants it. */
async function library() {
  try {
    const [{ serve }, { createReceiver }] = await Promise.all([
      import('@hono/node-server'),
      import('../listen/receiver.ts'),
    ]);
    return { serve, createReceiver };
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    if (!missing) throw cause;
    throw new UsageError('what listens for webhooks is not installed', {
      code: 'package_missing',
      hint: 'Run: npm install hono @hono/node-server',
      cause,
    });
  }
}

type Serve = Awaited<ReturnType<typeof library>>['serve'];

/** @throws UsageError where the address cannot be listened on. */
async function started(
  serve: Serve,
  options: Parameters<Serve>[0],
): Promise<{ port: number; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = serve(options, ({ port }) =>
      resolve({
        port,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            if ('closeIdleConnections' in server) server.closeIdleConnections();
          }),
      }),
    );
    server.once('error', (cause: Error) => {
      const why = 'code' in cause ? String(cause.code) : 'unknown';
      reject(
        new UsageError(`${options.hostname}, port ${options.port} cannot be listened on (${why})`, {
          code: 'port_unusable',
          fieldPath: '--port',
          cause,
        }),
      );
    });
  });
}

/** @throws UsageError where a binding that is named, or every binding, has no secret to tell forged deliveries by. */
async function receiving(
  { printer }: CommandContext,
  host: Host,
  names: readonly string[],
): Promise<OpenBinding[]> {
  const all = await host.bindings(names);
  const can: OpenBinding[] = [];
  const cannot: string[] = [];
  for (const binding of all) {
    const { supportsWebhooks } = await binding.connector.getCapabilities();
    if (supportsWebhooks) can.push(binding);
    else cannot.push(binding.name);
  }
  if (cannot.length > 0 && (names.length > 0 || can.length === 0))
    throw new UsageError(
      `${cannot.join(', ')} cannot receive webhooks: without a secret, anybody could send them`,
      {
        code: 'webhook_secret_missing',
        fieldPath: `bindings.${cannot[0]}.options.webhookSecret`,
        hint: 'Set webhookSecret in its options, where its connector has that one.',
      },
    );
  for (const name of cannot)
    printer.note(line`${look('bold', name)}  receives no webhooks: it has no webhookSecret`);
  return can;
}

function workerOf({ printer, signal }: CommandContext, host: Host, binding: OpenBinding): EventWorker {
  const { name, id } = binding;
  const engine = new SyncEngine(host.engineOptions(binding));
  return new EventWorker({
    // The events are in the store already.
    run: () => engine.applyEvents([]),
    hasMore: async () => (await host.store.backend.rereads(id, { after: 0, limit: 1 })).length > 0,
    done: (result) => tell(name, result),
    failed: (error) => printError(printer, reportOf(error, name), name),
    later(ms, work) {
      if (signal.aborted) return () => {};
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
  });

  function tell(binding: string, { stats, conflicts, failures }: SyncResult): void {
    const pulled = issueCounts({ ...stats }, 'pulled');
    if (pulled.width > 0) printer.note(line`${look('bold', binding)}  ${pulled}`);
    if (conflicts.length > 0)
      printer.note(line`${look('bold', binding)}  ${counted(conflicts.length, 'conflict')}`);
    for (const { message, code } of failures)
      printer.note(line`${look('bold', binding)}  ${look('red', message)} ${look('dim', `[${code}]`)}`);
  }
}
