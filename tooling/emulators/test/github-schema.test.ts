import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import { githubSchema, vendorSchema } from '../src/index.ts';
import { beyondVendor } from '../src/schema-subset.ts';

const theirs = vendorSchema('github/schema.graphql');

test.skipIf(theirs === undefined)("every type, field and argument is GitHub's own", () => {
  const vendor = buildSchema(theirs ?? '', { assumeValid: true, assumeValidSDL: true });
  expect(beyondVendor(githubSchema, vendor)).toEqual([]);
});

test('what a vendor has not is seen', () => {
  const subset = buildSchema(
    'type Query { a(x: Int): String b: E c: I } enum E { ONE } interface I { id: ID }',
  );
  const vendor = buildSchema(
    'type Query { a(x: String): Int! b: E c: I } enum E { TWO } interface I { id: ID! }',
  );
  expect(beyondVendor(subset, vendor).toSorted()).toEqual([
    'E.ONE is unknown',
    'I.id is ID!',
    'Query.a is Int!',
    'Query.a(x) is String',
  ]);
});
