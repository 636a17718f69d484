import {
  type Attributes,
  type Counter,
  type Histogram,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

const SCOPE = '@spec-kitty/tracker-worker';

/**
 * What the worker tells through the OpenTelemetry API: nothing where the host has registered no SDK. Names and units
 * follow the semantic conventions. No attribute holds a secret, a query or the text of an issue.
 */
export class Telemetry {
  readonly #tracer = trace.getTracer(SCOPE);
  readonly #runs: Counter;
  readonly #durations: Histogram;
  readonly #requests: Histogram;
  readonly #waits: Histogram;
  readonly #conflicts: Counter;
  readonly #lag: Histogram;

  constructor() {
    const meter = metrics.getMeter(SCOPE);
    const seconds = { unit: 's' };
    this.#runs = meter.createCounter('spec_kitty.tracker.runs', {
      description: 'Runs, by connector, operation and outcome',
    });
    this.#durations = meter.createHistogram('spec_kitty.tracker.run.duration', {
      ...seconds,
      description: 'How long runs took',
    });
    this.#requests = meter.createHistogram('spec_kitty.tracker.request.duration', {
      ...seconds,
      description: 'Requests to trackers, by server, method and status',
    });
    this.#waits = meter.createHistogram('spec_kitty.tracker.limit.wait', {
      ...seconds,
      description: "Waits for a tracker's limit",
    });
    this.#conflicts = meter.createCounter('spec_kitty.tracker.conflicts', {
      description: 'Conflicts that were new or settled, by connector',
    });
    this.#lag = meter.createHistogram('spec_kitty.tracker.lag', {
      ...seconds,
      description: 'How old what the store held was when a sync brought it up to date',
    });
  }

  /** A span around a run; what it asks of the tracker is below it. */
  async run<T>(attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
    return await this.#tracer.startActiveSpan('spec_kitty.tracker.run', { attributes }, async (span) => {
      try {
        return await work(span);
      } finally {
        span.end();
      }
    });
  }

  ran(attributes: Attributes, seconds: number, conflicts: number): void {
    this.#runs.add(1, attributes);
    this.#durations.record(seconds, attributes);
    if (conflicts > 0) this.#conflicts.add(conflicts, { connector: attributes.connector });
  }

  lagged(attributes: Attributes, seconds: number): void {
    this.#lag.record(seconds, attributes);
  }

  waited(seconds: number): void {
    this.#waits.record(seconds);
  }

  /** The same fetch, with a span and a time for each request. The binding is told by the span around it. */
  fetch(inner: typeof fetch): typeof fetch {
    return async (input, init) => {
      const request = new Request(input, init);
      const { hostname, pathname } = new URL(request.url);
      const attributes = { 'server.address': hostname, 'http.request.method': request.method };
      const began = performance.now();
      const options = { kind: SpanKind.CLIENT, attributes: { ...attributes, 'url.path': pathname } };
      return await this.#tracer.startActiveSpan(request.method, options, async (span) => {
        const done = (status: Attributes): void => {
          span.setAttributes(status);
          span.end();
          this.#requests.record((performance.now() - began) / 1000, { ...attributes, ...status });
        };
        try {
          const response = await inner(request);
          done({ 'http.response.status_code': response.status });
          return response;
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR });
          done({ 'error.type': error instanceof Error ? error.name : 'unknown' });
          throw error;
        }
      });
    };
  }
}
