import { vendorSchema } from '@spec-kitty/tooling-emulators';
import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import {
  BY_IDS,
  BY_NUMBER,
  COMMENTS,
  LIST,
  MORE_LABELS,
  MUTATION_NAMES,
  mutationDocument,
  OWNERS,
  REPOSITORIES,
  SET_UP,
  usersQuery,
} from '../src/queries.ts';

const theirs = vendorSchema('github/schema.graphql');

test.skipIf(theirs === undefined)('every document is valid under the schema that GitHub publishes', () => {
  const schema = buildSchema(theirs ?? '', { assumeValid: true, assumeValidSDL: true });
  const mutations = MUTATION_NAMES.map((name) => ({ name, tells: true }));
  const documents = [
    ...[LIST, BY_NUMBER, BY_IDS, SET_UP, MORE_LABELS, COMMENTS, OWNERS, REPOSITORIES, usersQuery(2)],
    mutationDocument(mutations),
    ...mutations.flatMap((one) => [mutationDocument([one]), mutationDocument([{ ...one, tells: false }])]),
  ];
  expect(documents.flatMap((text) => validate(schema, parse(text)).map(({ message }) => message))).toEqual(
    [],
  );
});
