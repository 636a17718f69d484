import { describe, expect, it } from 'vitest';
import { assertArguments, MAX_ARGUMENT_BYTES, option, positional } from '../src/index.ts';

describe('arguments', () => {
  it.each(['--delete', '-1', '', 'a=b', '"; rm', 'line\nend', '\u202eright', '👩‍🚀'])(
    'keeps %j a value of its option',
    (value) => {
      expect(option('title', value)).toBe(`--title=${value}`);
    },
  );

  it.each([
    ['--help', 'flag'],
    ['-', 'flag'],
    ['', 'blank'],
    [' \n', 'blank'],
    ['a\0b', 'nul'],
    ['é'.repeat(MAX_ARGUMENT_BYTES / 2 + 1), 'length'],
  ])('refuses the positional value %.20j: %s', (value, reason) => {
    expect(() => positional(value, 'id')).toThrow(
      expect.objectContaining({ code: 'tracker_contract', kind: 'argument', reason, fieldPath: 'id' }),
    );
  });

  it('takes a positional value as it is', () => {
    expect(positional('FP-1', 'id')).toBe('FP-1');
  });

  it('refuses an option with a NUL, and a name that is none', () => {
    expect(() => option('title', '\0')).toThrow(
      expect.objectContaining({ reason: 'nul', fieldPath: 'title' }),
    );
    expect(() => option('--title', 'x')).toThrow(TypeError);
    expect(() => option('a=b', 'x')).toThrow(TypeError);
  });

  it('bounds a command line as a whole', () => {
    const many = Array.from({ length: 9 }, () => 'x'.repeat(120_000));
    expect(() => assertArguments(many.slice(1))).not.toThrow();
    expect(() => assertArguments(many)).toThrow(
      expect.objectContaining({ reason: 'length', fieldPath: 'args' }),
    );
  });
});
