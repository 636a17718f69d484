import { linearSchema, vendorSchema } from '@spec-kitty/tooling-emulators';
import { buildSchema, type GraphQLSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DOCUMENTS, labelsDocument, updateDocument } from '../src/documents.ts';
import { world } from './fixtures.ts';

const all = [...DOCUMENTS, labelsDocument(2), updateDocument([{ kind: 'one' }, { kind: 'many' }])];
const named = all.map((document) => [/^\w+ (\w+)/.exec(document)?.[1] ?? '?', document] as const);

const problems = (schema: GraphQLSchema, document: string): string[] =>
  validate(schema, parse(document)).map(({ message }) => message);

const vendor = vendorSchema('linear/schema.graphql');

describe('a document', () => {
  it.each(named)('%s is valid at the emulator', (_name, document) => {
    expect(problems(linearSchema, document)).toEqual([]);
  });
});

describe('the greatest page', () => {
  it('leaves a quarter of the complexity that a query may have', async () => {
    const held = world();
    const told: number[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const answer = await held.emulator.fetch(input, init);
      told.push(Number(answer.headers.get('x-complexity')));
      return answer;
    };
    await held.open({}, { fetch }).listIssues({ limit: 200 });
    expect(told.map((points) => points > 0 && points <= 7500)).toEqual([true, true]);
  });
});

describe.runIf(vendor !== undefined)('under Linear’s own schema', () => {
  it('every document is valid', { timeout: 60_000 }, () => {
    const schema = buildSchema(vendor ?? '', { assumeValidSDL: true });
    expect(all.flatMap((document) => problems(schema, document))).toEqual([]);
  });
});
