import { FAILURE_CLASSES, type FailureClass } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { nextRun, type RanAt, type RunOutcome } from '../src/index.ts';

const NOW = Date.parse('2026-03-01T00:00:00.000Z');
const RAN: RanAt = { now: NOW, everyMs: 300_000, failures: 0, dueAt: 0, random: () => 0.5 };

function failed(
  failureClass: FailureClass | null,
  more: { retryAfterMs?: number; lasting?: true } = {},
): RunOutcome {
  return { kind: 'failed', failure: { code: 'x', failureClass, message: 'x', ...more } };
}

/** In how many seconds it runs again after each failure in a row; then whom a person has to help, if anyone. */
function afterEach(outcome: RunOutcome, most = 12): { waits: number[]; dead?: string } {
  const waits: number[] = [];
  for (let failures = 0; failures < most; failures += 1) {
    const next = nextRun(outcome, { ...RAN, failures });
    if (next.kind === 'dead') return { waits, dead: next.pause };
    waits.push((next.at - NOW) / 1000);
  }
  return { waits };
}

describe('after a run that ended well', () => {
  const done = { kind: 'done', result: {} } as unknown as RunOutcome;

  it.each([
    [0, 270],
    [0.5, 300],
    [1, 330],
  ])('the next is due after its interval, a tenth of it left to chance (%s)', (chance, seconds) => {
    expect(nextRun(done, { ...RAN, random: () => chance })).toEqual({
      kind: 'at',
      at: NOW + seconds * 1000,
      failures: 0,
    });
  });

  it('for events alone, the next sync stays where it was', () => {
    expect(nextRun(done, { ...RAN, dueAt: NOW + 77_000 })).toMatchObject({ at: NOW + 77_000 });
  });

  it('in the middle of its work, it goes on at once, behind those that wait', () => {
    expect(nextRun({ ...done, kind: 'more' } as RunOutcome, { ...RAN, failures: 3 })).toEqual({
      kind: 'at',
      at: NOW,
      failures: 0,
    });
  });
});

describe('after a failure', () => {
  it.each<[FailureClass | null, number[], string | undefined]>([
    ['authentication', [11], 'credential'],
    ['permission', [11, 23, 45, 90], 'binding'],
    ['not_found', [11, 23, 45, 90], 'binding'],
    ['validation', [11, 23, 45, 90], 'binding'],
    ['non_retryable', [11, 23, 45, 90], 'binding'],
    [null, [11, 23, 45, 90], 'binding'],
    ['transient', [11, 23, 45, 90, 180, 360, 720, 1440, 2700, 2700, 2700, 2700], undefined],
    ['rate_limit', [11, 23, 45, 90, 180, 360, 720, 1440, 2700, 2700, 2700, 2700], undefined],
  ])(
    'of the class %s it waits twice as long each time, and then concerns a person or not',
    (failureClass, waits, dead) => {
      const seen = afterEach(failed(failureClass));
      expect([seen.waits.map(Math.round), seen.dead]).toEqual([waits, dead]);
    },
  );

  it('covers every class there is', () => {
    const lasting = FAILURE_CLASSES.filter((each) => afterEach(failed(each)).dead !== undefined);
    expect(FAILURE_CLASSES.filter((each) => !lasting.includes(each))).toEqual(['transient', 'rate_limit']);
  });

  it('it waits as long as the tracker said, where that is longer', () => {
    expect(nextRun(failed('rate_limit', { retryAfterMs: 90_000 }), RAN)).toMatchObject({ at: NOW + 90_000 });
    expect(nextRun(failed('rate_limit', { retryAfterMs: 10 }), RAN)).toMatchObject({ at: NOW + 11_250 });
  });

  it('of a setting, it is not tried again', () => {
    expect(nextRun(failed(null, { lasting: true }), RAN)).toMatchObject({ kind: 'dead', pause: 'binding' });
  });

  it('to get the lease, it asks again within seconds, and that is no failure', () => {
    expect(nextRun({ kind: 'busy' }, { ...RAN, failures: 2 })).toEqual({
      kind: 'at',
      at: NOW + 7500,
      failures: 2,
    });
  });
});
