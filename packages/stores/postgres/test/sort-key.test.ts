import { expect, test } from 'vitest';
import { labelKey, labelsOf, searchOf } from '../src/search-columns.ts';
import { fromSortKey, SEPARATOR, toFoldedSearchKey, toKey, toSearchKey, toSortKey } from '../src/sort-key.ts';
import { issue } from './support.ts';

const UNITS = [
  '\0',
  '\u0001',
  '\u0002',
  '\u0003',
  'a',
  '%',
  'é',
  '\ud7ff',
  '\ud800',
  '\udfff',
  '\ue000',
  '\uffff',
];
const PAIRS = UNITS.flatMap((first) => UNITS.map((second) => first + second));
const TEXTS = [
  '',
  ...UNITS,
  ...PAIRS,
  ...UNITS.flatMap((unit) => PAIRS.map((pair) => pair + unit)),
  '\u{10000}',
];

const LONE_SURROGATE = /[\ud800-\udfff]/u;

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

test('a sort key is one to one, in code-unit order, and text that PostgreSQL takes', () => {
  const keys = TEXTS.map(toSortKey);
  expect(keys.map(fromSortKey)).toEqual(TEXTS);
  expect(keys.filter((key) => key.includes('\0') || LONE_SURROGATE.test(key))).toEqual([]);
  const inOrder = [...new Set(TEXTS)].sort();
  const byBytes = [...new Set(TEXTS)].sort((a, b) =>
    Buffer.compare(bytes(toSortKey(a)), bytes(toSortKey(b))),
  );
  expect(byBytes).toEqual(inOrder);
});

test('a text holds another one just where its search key does', () => {
  const wrong = TEXTS.flatMap((text) =>
    [...UNITS, ...PAIRS].filter(
      (part) => text.includes(part) !== toSearchKey(text).includes(toSearchKey(part)),
    ),
  );
  expect(wrong).toEqual([]);
  expect(TEXTS.map(toSearchKey).filter((key) => key.includes('\0') || LONE_SURROGATE.test(key))).toEqual([]);
});

test('a key of a long text is short, well-formed, and of that text alone', () => {
  const long = ['a', 'é', '\ud7ff', '\ud800', '\u{10000}'].flatMap((unit) =>
    [0, 1, 2, 3].map((odd) => 'x'.repeat(odd) + unit.repeat(2000)),
  );
  const keys = long.map(toKey);
  expect(new Set(keys).size).toBe(long.length);
  expect(
    keys.filter((key) => bytes(key).length > 600 || LONE_SURROGATE.test(key) || key.includes('\ufffd')),
  ).toEqual([]);
  expect(TEXTS.map(toKey)).toEqual(TEXTS.map(toSortKey));
});

test('only ASCII letters are folded', () => {
  expect(toFoldedSearchKey('LOGIN Ünder İ ẞ')).toBe('login Ünder İ ẞ');
});

test('nothing that is searched for reaches across title and body, or across labels', () => {
  const columns = issue('1', { title: 'one', body: 'two', labels: ['a', 'b', 'c d'] });
  for (const text of ['onetwo', 'one two', 'one\0two', SEPARATOR]) {
    expect(searchOf(columns).includes(toFoldedSearchKey(text))).toBe(false);
  }
  expect(['a', 'b', 'c d'].every((label) => labelsOf(columns).includes(labelKey(label)))).toBe(true);
  expect(['', 'c', 'ab', 'A'].some((label) => labelsOf(columns).includes(labelKey(label)))).toBe(false);
});
