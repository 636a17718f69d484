import { FAULT_KINDS, type Fault, type FaultPlan, type FaultRecord, type SeededFaults } from './fault.ts';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function faultOf(kind: Fault['kind'], pick: number): Fault {
  switch (kind) {
    case 'fail':
      return pick < 0.5
        ? { kind }
        : { kind, statusCode: [500, 502, 503, 504][Math.floor(pick * 8) - 4] ?? 503 };
    case 'rate_limit':
      return { kind, retryAfterMs: Math.ceil(pick * 10) * 1000 };
    case 'time_out':
      return { kind, effect: pick < 0.5 };
    case 'delay':
      return { kind, ms: Math.ceil(pick * 5000) };
    default:
      return { kind };
  }
}

/** Says for each call what goes wrong with it. */
export class FaultSource {
  readonly records: FaultRecord[] = [];
  readonly #plan: FaultPlan;
  readonly #random: () => number;
  readonly #calls = new Map<string, number>();

  constructor(plan: FaultPlan) {
    this.#plan = plan;
    this.#random = randomFrom('seed' in plan ? plan.seed : 0);
  }

  /** The fault of this call, noted. */
  next(operation: string, possible: readonly Fault['kind'][]): FaultRecord | undefined {
    const nth = this.#count(operation);
    const any = this.#count('*');
    const fault = 'seed' in this.#plan ? this.#byChance(this.#plan, any, possible) : undefined;
    const scripted = 'seed' in this.#plan ? undefined : this.#scripted(operation, nth, any);
    const found = fault ?? scripted;
    if (!found) return undefined;
    const record: FaultRecord = { operation, nth, fault: { ...found }, applied: true };
    this.records.push(record);
    return record;
  }

  #count(operation: string): number {
    const count = (this.#calls.get(operation) ?? 0) + 1;
    this.#calls.set(operation, count);
    return count;
  }

  #scripted(operation: string, nth: number, any: number): Fault | undefined {
    if ('seed' in this.#plan) return undefined;
    return this.#plan.find(
      (each) =>
        (each.operation === operation && each.nth === nth) || (each.operation === '*' && each.nth === any),
    )?.fault;
  }

  #byChance(plan: SeededFaults, call: number, possible: readonly Fault['kind'][]): Fault | undefined {
    // All three are drawn for every call, so that the faults of later calls do not hang on earlier ones.
    const [chance, choice, pick] = [this.#random(), this.#random(), this.#random()];
    if (call > (plan.calls ?? Number.POSITIVE_INFINITY) || chance >= (plan.rate ?? 0.1)) return undefined;
    const kinds = (plan.kinds ?? FAULT_KINDS).filter((kind) => possible.includes(kind));
    const kind = kinds[Math.floor(choice * kinds.length)];
    return kind === undefined ? undefined : faultOf(kind, pick);
  }
}

/** Remembers the last answer to each question, of the last thousand questions. */
export class LastAnswers<T> {
  readonly #answers = new Map<string, T>();

  get(question: string): T | undefined {
    return this.#answers.get(question);
  }

  set(question: string, answer: T): void {
    this.#answers.delete(question);
    this.#answers.set(question, answer);
    const oldest = this.#answers.keys().next();
    if (this.#answers.size > 1000 && oldest.done !== true) this.#answers.delete(oldest.value);
  }
}
