import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { linearSchema, vendorSchema } from '../src/index.ts';
import { beyondVendor } from '../src/schema-subset.ts';

const vendor = vendorSchema('linear/schema.graphql');

describe.runIf(vendor !== undefined)('the schema of the Linear emulator', () => {
  it('is a part of Linear’s own', { timeout: 60_000 }, () => {
    const whole = buildSchema(vendor ?? '', { assumeValidSDL: true });
    expect(beyondVendor(linearSchema, whole)).toEqual([]);
  });
});

describe('the comparison of schemas', () => {
  it('names what is more, and what differs', () => {
    const whole = buildSchema(
      'type Query { a(x: Int!, y: Int): Int! } input I { m: Int! } enum E { one } type T { i: Int }',
    );
    const part = buildSchema(
      'type Query { a(y: String): Int b: Int } input I { n: Int } enum E { two } type N { i: Int } input T { i: Int }',
    );
    expect(beyondVendor(part, whole).sort()).toEqual([
      'E.two is unknown',
      'I.m is demanded',
      'I.n is unknown',
      'N is unknown',
      'Query.a is Int!',
      'Query.a(x) is demanded',
      'Query.a(y) is Int',
      'Query.b is unknown',
      'T is of another kind',
    ]);
  });
});
