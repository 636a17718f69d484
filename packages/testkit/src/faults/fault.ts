/** Something that goes wrong with one call. */
export type Fault =
  /** The call fails and has no effect: no connection without a status, else that status. */
  | { kind: 'fail'; statusCode?: number }
  /** The call has its effect, and its answer is lost. */
  | { kind: 'lose_answer' }
  /** 429, without an effect. */
  | { kind: 'rate_limit'; retryAfterMs?: number }
  /** No answer in time; whether there was an effect, nobody can tell but `effect`. */
  | { kind: 'time_out'; effect?: boolean }
  /** A read answers what the same read answered the time before. */
  | { kind: 'stale' }
  /** A listing answers the page that it answered the time before, whatever the cursor. */
  | { kind: 'repeat_page' }
  /** The call waits first, by the injected sleep. */
  | { kind: 'delay'; ms: number };

/** The kinds of faults. */
export const FAULT_KINDS: readonly Fault['kind'][] = [
  'fail',
  'lose_answer',
  'rate_limit',
  'time_out',
  'stale',
  'repeat_page',
  'delay',
];

/** One fault at one call. */
export interface ScriptedFault {
  /** A method of the connector, or an HTTP method; `*` is any. */
  operation: string;
  /** Which call of that operation, from 1. */
  nth: number;
  fault: Fault;
}

/** Faults by chance, the same for the same seed and the same calls. */
export interface SeededFaults {
  seed: number;
  /** How often a call has a fault, from 0 to 1. Default 0.1. */
  rate?: number;
  /** Which kinds there are. Default: all. */
  kinds?: readonly Fault['kind'][];
  /** After this many calls nothing goes wrong any more. Default: never. */
  calls?: number;
}

/** Faults by script, or by chance from a seed. */
export type FaultPlan = readonly ScriptedFault[] | SeededFaults;

/**
 * What happened to one call: a script by itself, so that what chance did can be replayed. `applied: false` is a fault
 * that could not be: nothing was read before that could be stale.
 */
export interface FaultRecord extends ScriptedFault {
  applied: boolean;
}

/** What {@link withFaults} and {@link faultyFetch} did, in order. */
export interface FaultHistory {
  readonly faults: readonly FaultRecord[];
}
