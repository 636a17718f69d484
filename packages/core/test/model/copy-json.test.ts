import { copyJson } from '@spec-kitty/tracker-core';
import { expect, it } from 'vitest';

it('copies plain data so that nothing is shared', () => {
  const value = { list: [{ text: 'a' }, null, 1], map: { key: true }, absent: undefined };
  const copy = copyJson(value);
  expect(copy).toStrictEqual(value);
  expect(copy).not.toBe(value);
  expect(copy.list).not.toBe(value.list);
  expect(copy.list[0]).not.toBe(value.list[0]);
  expect(copy.map).not.toBe(value.map);
});

it('copies a key that names the prototype as a key', () => {
  const value: unknown = JSON.parse('{"__proto__": {"polluted": true}}');
  const copy = copyJson(value);
  expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":true}}');
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
});
