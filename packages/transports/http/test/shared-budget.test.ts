import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { RateBudget, sharedBudget } from '../src/index.ts';

const CREDENTIAL = ['sample', 'https://tracker.example', 'secret-token'];

test('one credential has one budget among those who share', () => {
  const shared = new Map<string, unknown>();
  const budget = sharedBudget({ shared }, CREDENTIAL, {});
  expect(budget).toBeInstanceOf(RateBudget);
  expect(sharedBudget({ shared }, [...CREDENTIAL], {})).toBe(budget);
  expect(sharedBudget({ shared }, ['sample', 'https://tracker.example', 'other-token'], {})).not.toBe(budget);
  expect(sharedBudget({ shared }, ['sample', 'https://tracker.example secret-token'], {})).not.toBe(budget);
  expect(sharedBudget({ shared: new Map() }, CREDENTIAL, {})).not.toBe(budget);
});

test('where nothing is shared each has its own', () => {
  expect(sharedBudget({}, CREDENTIAL, {})).not.toBe(sharedBudget({}, CREDENTIAL, {}));
});

test('whoever shares sees no credential, and loses nothing of its own', () => {
  const shared = new Map<string, unknown>([['other', 1]]);
  sharedBudget({ shared }, CREDENTIAL, {});
  const seen = inspect(shared, { depth: null, showHidden: true }) + JSON.stringify([...shared]);
  expect(seen).not.toContain('secret-token');
  expect(shared.get('other')).toBe(1);
});
