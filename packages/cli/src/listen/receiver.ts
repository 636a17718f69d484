import { isTrackerError, type TaskTrackerConnector, type TrackerEvent } from '@spec-kitty/tracker-core';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';

/** A binding that takes deliveries. */
export interface ReceivingBinding {
  name: string;
  id: string;
  connector: TaskTrackerConnector;
}

export interface ReceiverOptions {
  bindings: readonly ReceivingBinding[];
  maxBytes: number;
  /** Ends when the events are stored for good. */
  store(binding: ReceivingBinding, events: TrackerEvent[]): Promise<void>;
  /** Told of what is refused, in words. */
  refused(binding: string, status: number, message: string): void;
  /** For the health endpoint. */
  state(): Record<string, unknown>;
}

const PATH = '/webhooks/';
const SECONDS_TO_RETRY = '10';

/**
 * Answers deliveries: `POST /webhooks/<binding>`. Its signature is checked first, over the bytes as they came; 202 is
 * answered once its events are stored, and the work is done after that. `GET /health` says how it stands.
 */
export function createReceiver({ bindings, maxBytes, store, refused, state }: ReceiverOptions): Hono {
  const byName = new Map(bindings.map((binding) => [binding.name, binding]));
  const app = new Hono();
  app.get('/health', (context) => context.json({ status: 'ok', ...state() }));
  app.post(
    `${PATH}:binding`,
    bodyLimit({
      maxSize: maxBytes,
      onError: (context) => context.json({ error: `a delivery may have ${maxBytes} bytes` }, 413),
    }),
    async (context) => {
      const binding = byName.get(context.req.param('binding'));
      if (!binding) return context.json({ error: 'there is no such binding' }, 404);
      const { connector, name } = binding;
      const body = new Uint8Array(await context.req.arrayBuffer());
      let events: TrackerEvent[];
      try {
        events = (await connector.parseWebhook?.({ headers: context.req.header(), body })) ?? [];
      } catch (error) {
        const status = statusOf(error);
        if (status === undefined) throw error;
        refused(name, status, error instanceof Error ? error.message : '');
        return context.json(
          { error: status === 401 ? 'the delivery is not believed' : 'it is no delivery' },
          status,
        );
      }
      // One of another workspace is of another binding, if of any.
      const ours = events.filter(
        ({ issueRef }) => issueRef.system === connector.name && issueRef.workspace === connector.workspace,
      );
      try {
        if (ours.length > 0) await store(binding, ours);
      } catch (error) {
        refused(name, 503, error instanceof Error ? error.message : '');
        return context.json({ error: 'it was not stored; send it again' }, 503, {
          'retry-after': SECONDS_TO_RETRY,
        });
      }
      return context.json({ events: ours.length }, 202);
    },
  );
  app.all(`${PATH}:binding`, (context) => context.json({ error: 'POST alone' }, 405, { allow: 'POST' }));
  app.notFound((context) => context.json({ error: 'there is nothing here' }, 404));
  app.onError((error, context) => {
    refused('', 500, error.message);
    return context.json({ error: 'it failed' }, 500);
  });
  return app;
}

/** How a connector's refusal is told to whoever sent it: in few words, which help nobody to guess. */
function statusOf(error: unknown): 400 | 401 | 503 | undefined {
  if (!isTrackerError(error)) return undefined;
  const failureClass = 'failureClass' in error ? error.failureClass : undefined;
  if (failureClass === 'authentication') return 401;
  return failureClass === 'transient' || failureClass === 'rate_limit' ? 503 : 400;
}
