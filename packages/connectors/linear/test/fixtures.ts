import {
  createLinearEmulator,
  enteredAtLinear,
  type LinearEmulator,
  type LinearEmulatorOptions,
  type LoggedRequest,
  type PersonalFields,
} from '@spec-kitty/tooling-emulators';
import {
  type CanonicalIssue,
  canonicalIssue,
  type ExternalRef,
  type IssuePatch,
} from '@spec-kitty/tracker-core';
import { type LinearConfigInput, LinearConnector, type LinearContext } from '../src/index.ts';

export const BASE_URL = 'http://127.0.0.1';

export const refOf = (id: string, workspace = 'linear'): ExternalRef => ({ system: 'linear', workspace, id });

export function newIssue(fields: IssuePatch = {}, id = 'draft:1'): CanonicalIssue {
  return canonicalIssue({ title: 'A title', ...fields, ref: refOf(id) });
}

/** An emulator, and a connector that lives in its time. */
export interface World {
  emulator: LinearEmulator;
  connector: LinearConnector;
  open(config?: Partial<LinearConfigInput>, context?: LinearContext): LinearConnector;
  /** How many requests the work took, set-up look-ups apart. */
  requests(work: () => Promise<unknown>): Promise<number>;
  /** How many set-up look-ups there were. */
  lookUps(): number;
}

export function world(options: LinearEmulatorOptions = {}): World {
  const emulator = createLinearEmulator(options);
  const { apiKey, teamId, webhookSecret, time } = emulator;
  const open = (config: Partial<LinearConfigInput> = {}, context: LinearContext = {}): LinearConnector =>
    new LinearConnector(
      { apiKey, teamId, webhookSecret, baseUrl: BASE_URL, ...config },
      { fetch: emulator.fetch, clock: time.clock, sleep: time.sleep, ...context },
    );
  return {
    emulator,
    connector: open(),
    open,
    async requests(work) {
      const from = emulator.log.all.length;
      await work();
      const asked = emulator.log.all.slice(from);
      return asked.filter((one) => !isLookUp(one)).length;
    },
    lookUps: () => emulator.log.all.filter(isLookUp).length,
  };
}

const isLookUp = ({ operation }: LoggedRequest): boolean => operation.startsWith('viewer team');

/** Canonical fields as a person would enter them. */
export const personally: (fields: IssuePatch) => PersonalFields = enteredAtLinear;

/** What a call was rejected with. */
export async function rejection(call: Promise<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('the call was expected to be rejected');
}
