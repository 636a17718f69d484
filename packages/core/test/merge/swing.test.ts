import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noteSwing } from '../../src/merge/swing.ts';
import type { Swing } from '../../src/store/records.ts';

// The same cases every time; FC_SEED plays others.
const seed = { seed: Number(process.env.FC_SEED ?? 1) };
const RUNS = { numRuns: 1000, ...seed };
const START = Date.parse('2026-03-01T12:00:00.000Z');
const HOUR = 3_600_000;

interface Change {
  side: Swing['side'];
  to: string;
  afterMs: number;
}
const changes = fc.array(
  fc.record<Change>({
    side: fc.constantFrom('local', 'external'),
    to: fc.constantFrom('todo', 'done', 'blocked'),
    afterMs: fc.constantFrom(1000, HOUR / 4, HOUR),
  }),
  { maxLength: 14 },
);

interface Step extends Change {
  from: string;
  at: number;
  frozen: boolean;
}

/** The history with what was noted of it; a change to the same value is none. */
function noted(history: readonly Change[]): Step[] {
  let swing: Swing | undefined;
  let value = 'todo';
  let at = START;
  const steps: Step[] = [];
  for (const change of history) {
    at += change.afterMs;
    if (change.to === value) continue;
    const now = new Date(at).toISOString();
    const next = noteSwing(swing, { path: 'status', side: change.side, from: value, to: change.to, now });
    steps.push({ ...change, from: value, at, frozen: next.frozen });
    swing = next.swing;
    value = change.to;
  }
  return steps;
}

const reverses = (step: Step, before: Step | undefined): boolean =>
  before !== undefined && before.side !== step.side && before.from === step.to && before.to === step.from;

describe('two sides at odds', () => {
  it('are told by three reversals in a row within an hour, and by nothing else', () => {
    fc.assert(
      fc.property(changes, (history) => {
        const steps = noted(history);
        steps.forEach((step, index) => {
          let reversals = 0;
          for (let i = index; i > 0 && reverses(steps[i] ?? step, steps[i - 1]); i--) {
            if ((steps[i]?.at ?? 0) > step.at - HOUR) reversals++;
          }
          expect(step.frozen).toBe(reversals >= 3);
        });
      }),
      RUNS,
    );
  });

  it('are never one side that toggles alone', () => {
    fc.assert(
      fc.property(changes, fc.constantFrom<Swing['side']>('local', 'external'), (history, side) => {
        const steps = noted(history.map((change) => ({ ...change, side })));
        expect(steps.some(({ frozen }) => frozen)).toBe(false);
      }),
      RUNS,
    );
  });

  it('are the same whichever side is which', () => {
    const other = (side: Swing['side']): Swing['side'] => (side === 'local' ? 'external' : 'local');
    fc.assert(
      fc.property(changes, (history) => {
        const mirrored = history.map((change) => ({ ...change, side: other(change.side) }));
        expect(noted(mirrored).map(({ frozen }) => frozen)).toEqual(
          noted(history).map(({ frozen }) => frozen),
        );
      }),
      RUNS,
    );
  });
});
