import { linearSchema, vendorSchema } from '@spec-kitty/tooling-emulators';
import { buildSchema, type GraphQLSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DOCUMENTS, labelsDocument, updateDocument } from '../src/documents.ts';

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

describe.runIf(vendor !== undefined)('under Linear’s own schema', () => {
  it('every document is valid', { timeout: 60_000 }, () => {
    const schema = buildSchema(vendor ?? '', { assumeValidSDL: true });
    expect(all.flatMap((document) => problems(schema, document))).toEqual([]);
  });
});
