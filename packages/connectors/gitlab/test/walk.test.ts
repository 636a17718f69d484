import { expect, test } from 'vitest';
import type { Position } from '../src/cursor.ts';
import { nextPosition } from '../src/walk.ts';

const at = (since: number | null, shown: number[] = [], page = 1): Position => ({
  since,
  page,
  size: 2,
  shown,
});
const place = (iid: number, ms: number) => ({ iid, updated_at: new Date(ms).toISOString() });
const many = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => from + index);

test.each([
  ['later issues', at(null), [place(1, 1000), place(2, 2000)], at(2000, [2])],
  ['issues of one time', at(1000, [1]), [place(2, 1000), place(3, 1000)], at(1000, [1, 2, 3])],
  ['an end of one time and a later one', at(1000, [1]), [place(2, 1000), place(3, 2000)], at(2000, [3])],
  ['several of the last time', at(1000), [place(2, 2000), place(3, 2000)], at(2000, [2, 3])],
  [
    'more of one time than an address holds',
    at(1000, many(1, 199)),
    [place(200, 1000), place(201, 1000)],
    at(1000, many(1, 199), 2),
  ],
  ['what was shown already', at(1000, [1, 2]), [place(1, 1000), place(2, 1000)], at(1000, [1, 2], 2)],
  ['what is older than was asked for', at(2000, [9]), [place(1, 1000), place(2, 1000)], at(2000, [9], 2)],
  ['nothing that can be read', at(1000, [1]), [], at(1000, [1], 2)],
])('after %s', (_name, position, places, expected) => {
  expect(nextPosition(position, places)).toEqual(expected);
});
