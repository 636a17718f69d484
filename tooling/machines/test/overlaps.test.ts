import { expect, test } from 'vitest';
import { type LoggedLine, overlaps } from '../src/index.ts';

const line = (machine: number, event: 'began' | 'ended', at: number, name = 'web'): LoggedLine => ({
  machine,
  event,
  at,
  tenant: 'acme',
  name,
  operation: 'sync',
});

test('runs of one binding that overlap are seen, also of a machine that was killed', () => {
  const one = [line(0, 'began', 1), line(0, 'ended', 5)];
  expect(overlaps([...one, line(1, 'began', 5), line(1, 'ended', 7)], new Map())).toEqual([]);
  expect(overlaps([...one, line(1, 'began', 4), line(1, 'ended', 7)], new Map())).toHaveLength(1);
  expect(overlaps([...one, line(1, 'began', 4, 'api'), line(1, 'ended', 7, 'api')], new Map())).toEqual([]);
  const cut = [line(0, 'began', 1), line(1, 'began', 9), line(1, 'ended', 12)];
  expect(overlaps(cut, new Map([[0, 8]]))).toEqual([]);
  expect(overlaps(cut, new Map([[0, 10]]))).toHaveLength(1);
  expect(overlaps(cut, new Map())).toHaveLength(1);
});
