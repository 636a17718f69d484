import type { VirtualTime } from './virtual-time.ts';

/** A hosted tracker, as strict as its vendor. */
export interface Emulator {
  /** Answers a request as the vendor does. */
  readonly fetch: typeof fetch;
  readonly time: VirtualTime;
  /** Every request so far, by what it was. */
  readonly log: RequestLog;
}

export interface LoggedRequest {
  /** What was asked for: the fields of a GraphQL operation, or method and path of a REST call. */
  operation: string;
  kind: 'read' | 'write';
  status: number;
  /** Refused for its rate. */
  limited: boolean;
  at: number;
}

export class RequestLog {
  readonly all: LoggedRequest[] = [];

  /** How many there were since `from`, by operation. */
  counts(from = 0): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { operation } of this.all.slice(from)) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }
}
