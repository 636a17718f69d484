import { expect, test } from 'vitest';
import { GITHUB_SDL } from '../src/index.ts';
import { subsetProblems } from '../src/subset-problems.ts';
import { vendorSchema } from './vendor-schemas.ts';

const theirs = vendorSchema('github/schema.graphql');

test.skipIf(theirs === undefined)("every type, field and argument is GitHub's own", () => {
  expect(subsetProblems(GITHUB_SDL, theirs ?? '')).toEqual([]);
});

test('what GitHub has not is seen', () => {
  const subset = 'type Query { a(x: Int): String b: E } enum E { ONE } type Gone { c: Int }';
  const vendors = 'type Query { a(x: String): Int! b: E } enum E { TWO }';
  expect(subsetProblems(subset, vendors)).toEqual([
    'Query.a is Int!, and not String',
    'Query.a(x) is String, and not Int',
    'E has no value ONE',
    'there is no type Gone',
  ]);
});
