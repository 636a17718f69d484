import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONFLICT_STRATEGIES, type JsonValue } from '../../src/index.ts';
import { type ConflictTimes, type Decision, decide, type FieldConflict } from '../../src/merge/strategy.ts';

// The same cases every time; FC_SEED plays others.
const seed = { seed: Number(process.env.FC_SEED ?? 1) };
const RUNS = { numRuns: 1000, ...seed };

const value = fc.constantFrom<JsonValue>('ours', 'theirs', 'before', null, 1, ['a']);
const conflicts = fc.record<FieldConflict>({
  issueRef: fc.constant({ system: 's', workspace: 'w', id: '1' }),
  field: fc.constantFrom('title', 'body', 'status', 'priority', 'customFields.x', 'customFields.y'),
  base: value,
  local: value,
  external: value,
});
const time = fc.constantFrom('2026-03-01T08:00:00.000Z', '2026-03-01T09:00:00.000Z', undefined);
const times = fc.record<ConflictTimes>({ local: time, external: time });
const NAMED = CONFLICT_STRATEGIES.filter((name) => name !== 'merge');
const whole = fc.record(
  {
    default: fc.constantFrom(...CONFLICT_STRATEGIES),
    fields: fc.dictionary(
      fc.constantFrom('title', 'body', 'status', 'customFields', 'customFields.x'),
      fc.constantFrom(...CONFLICT_STRATEGIES),
    ),
    fallback: fc.constantFrom(...NAMED),
  },
  { requiredKeys: ['default'] },
);
const fixed = (name: string, { local, external }: ConflictTimes): Decision['choice'] => {
  if (name === 'local_wins') return 'local';
  if (name === 'manual_review') return 'open';
  const newer = local !== undefined && external !== undefined && external !== null && local > external;
  return name === 'newer_timestamp' && newer ? 'local' : 'external';
};

describe('a decision', () => {
  it('is that of the field’s own strategy, then of all custom fields, then the default', () => {
    fc.assert(
      fc.property(whole, conflicts, times, (option, conflict, at) => {
        const { field } = conflict;
        const custom = field.startsWith('customFields.') ? option.fields?.customFields : undefined;
        const name = option.fields?.[field] ?? custom ?? option.default;
        const decision = decide(option, conflict, at, undefined);
        // Without a function that merges texts, `merge` is its fallback.
        const strategy = name === 'merge' ? (option.fallback ?? 'manual_review') : name;
        expect(decision).toEqual({ strategy, choice: fixed(strategy, at) });
      }),
      RUNS,
    );
  });

  it('by time is for the external side unless the local field is known to be newer', () => {
    fc.assert(
      fc.property(conflicts, times, (conflict, at) => {
        const { choice } = decide('newer_timestamp', conflict, at, undefined);
        expect(choice === 'local').toBe(
          at.local === '2026-03-01T09:00:00.000Z' && at.external === '2026-03-01T08:00:00.000Z',
        );
      }),
      RUNS,
    );
  });

  it('by merging is for two texts alone, and never a value that the function did not give', () => {
    const mergeText = fc.constantFrom(
      () => undefined,
      (base: string, local: string, external: string) => `${base}|${local}|${external}`,
    );
    fc.assert(
      fc.property(conflicts, times, mergeText, (conflict, at, merge) => {
        const decision = decide('merge', conflict, at, merge);
        const { field, base, local, external } = conflict;
        const texts =
          typeof local === 'string' &&
          typeof external === 'string' &&
          !['status', 'priority'].includes(field);
        const merged = texts ? merge(typeof base === 'string' ? base : '', local, external) : undefined;
        expect(decision).toEqual(
          merged === undefined
            ? { strategy: 'manual_review', choice: 'open' }
            : { strategy: 'merge', choice: { value: merged } },
        );
      }),
      RUNS,
    );
  });

  it('of a host’s function is taken where it is one, and leaves the conflict open otherwise', () => {
    const answers = fc.oneof(
      fc.constantFrom<unknown>('local', 'external', 'open', { value: 'chosen' }, { value: null }),
      fc.constantFrom<unknown>(
        undefined,
        null,
        'nonsense',
        {},
        { value: undefined },
        { value: Number.NaN },
        1,
      ),
    );
    fc.assert(
      fc.property(conflicts, times, answers, (conflict, at, answer) => {
        const decision = decide(() => answer as Decision['choice'], conflict, at, undefined);
        // Nothing is a value of a body, a priority and a custom key; any text is one of a title and a body.
        const { field } = conflict;
        const texts = ['title', 'body'].includes(field) || field.startsWith('customFields.');
        const empties = ['body', 'priority'].includes(field) || field.startsWith('customFields.');
        const good = [
          'local',
          'external',
          ...(texts ? ['{"value":"chosen"}'] : []),
          ...(empties ? ['{"value":null}'] : []),
        ];
        const isGood =
          good.includes(typeof answer === 'string' ? answer : JSON.stringify(answer)) &&
          !Number.isNaN((answer as { value?: unknown } | null)?.value);
        expect(decision).toEqual({ strategy: 'host', choice: isGood ? answer : 'open' });
      }),
      RUNS,
    );
  });
});
