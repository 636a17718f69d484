import { ConnectorRequestError, type ExternalRef, type Sleep } from '@spec-kitty/tracker-core';

/** The operations of a connector, by the names of its methods. */
export const OPERATIONS = [
  'listIssues',
  'getIssue',
  'getIssues',
  'createIssue',
  'createIssues',
  'updateIssue',
  'updateIssues',
  'transitionIssue',
  'deleteIssue',
  'upsertLink',
  'removeLink',
  'addComment',
  'listComments',
  'updateComment',
  'findByIdempotencyKeys',
  'listEvents',
] as const;
/** One of {@link OPERATIONS}. */
export type Operation = (typeof OPERATIONS)[number];

/** Watches calls: before their effect, and after it. What it throws is what the caller gets. */
export type CallHook = (call: {
  operation: Operation;
  phase: 'before' | 'after';
  ref?: ExternalRef;
}) => void | Promise<void>;

interface Script {
  left: number;
  operation: Operation | undefined;
}

/** Scripted faults of one connector, first come first served; without an operation they mean any. */
export class Faults {
  readonly #sleep: Sleep;
  readonly #calls = new Map<Operation, number>();
  readonly #hooks = new Set<CallHook>();
  #failures: (Script & { error: () => Error })[] = [];
  #lost: Script[] = [];
  #stale: Script[] = [];
  #delays = new Map<Operation | undefined, number>();

  constructor(sleep: Sleep) {
    this.#sleep = sleep;
  }

  /** How often an operation was called; without a name, all of them. A bulk call counts once. */
  calls(operation?: Operation): number {
    if (operation !== undefined) return this.#calls.get(operation) ?? 0;
    return [...this.#calls.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The next `count` calls fail before they have any effect. */
  failNext(count: number, error: Error | (() => Error), operation?: Operation): void {
    this.#failures.push({ left: count, operation, error: typeof error === 'function' ? error : () => error });
  }

  /** The next `count` calls have their effect, and their answers are lost: a transient error without a status. */
  loseNextAnswer(count = 1, operation?: Operation): void {
    this.#lost.push({ left: count, operation });
  }

  /** The next `count` reads answer with each issue as it was before its last change, where that is remembered. */
  staleReads(count: number, operation?: Operation): void {
    this.#stale.push({ left: count, operation });
  }

  /** Every call waits this long first, by the injected sleep; 0 ends it. */
  delay(ms: number, operation?: Operation): void {
    this.#delays.set(operation, ms);
  }

  /** Calls `hook` around every operation, so that a test can do something at exactly that moment. */
  hook(hook: CallHook): () => void {
    this.#hooks.add(hook);
    return () => this.#hooks.delete(hook);
  }

  /** Forgets every script, hook and count. */
  reset(): void {
    this.#failures = [];
    this.#lost = [];
    this.#stale = [];
    this.#delays = new Map();
    this.#hooks.clear();
    this.#calls.clear();
  }

  /** @internal */
  async before(
    operation: Operation,
    ref: ExternalRef | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    signal?.throwIfAborted();
    this.#calls.set(operation, this.calls(operation) + 1);
    const delay = this.#delays.get(operation) ?? this.#delays.get(undefined) ?? 0;
    if (delay > 0) await this.#sleep(delay, signal);
    for (const hook of [...this.#hooks])
      await hook({ operation, phase: 'before', ...(ref ? { ref: { ...ref } } : {}) });
    signal?.throwIfAborted();
    const failure = take(this.#failures, operation);
    if (failure) throw failure.error();
  }

  /** @internal */
  async after(operation: Operation, ref: ExternalRef | undefined): Promise<void> {
    for (const hook of [...this.#hooks])
      await hook({ operation, phase: 'after', ...(ref ? { ref: { ...ref } } : {}) });
    if (take(this.#lost, operation)) {
      throw new ConnectorRequestError(`the answer of ${operation} was lost`, { provider: 'memory' });
    }
  }

  /** @internal */
  takeStale(operation: Operation): boolean {
    return take(this.#stale, operation) !== undefined;
  }
}

function take<T extends Script>(scripts: T[], operation: Operation): T | undefined {
  const script = scripts.find((each) => each.left > 0 && (each.operation ?? operation) === operation);
  if (script) script.left -= 1;
  return script;
}
