import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
  SET_UP,
  usersQuery,
} from '../src/queries.ts';

const FOLDER =
  process.env['TRACKER_SCHEMAS'] ?? resolve(import.meta.dirname, '../../../../../shared/schemas');
const FILE = join(FOLDER, 'github/schema.graphql');
const isThere = existsSync(FILE);
if (!isThere)
  process.stderr.write(
    'skipped: documents against GitHub: github/schema.graphql is neither in $TRACKER_SCHEMAS nor in ../shared/schemas\n',
  );

test.skipIf(!isThere)('every document is valid under the schema that GitHub publishes', () => {
  const schema = buildSchema(readFileSync(FILE, 'utf8'), { assumeValid: true, assumeValidSDL: true });
  const mutations = MUTATION_NAMES.map((name) => ({ name, tells: true }));
  const documents = [
    ...[LIST, BY_NUMBER, BY_IDS, SET_UP, MORE_LABELS, COMMENTS, usersQuery(2)],
    mutationDocument(mutations),
    ...mutations.flatMap((one) => [mutationDocument([one]), mutationDocument([{ ...one, tells: false }])]),
  ];
  expect(documents.flatMap((text) => validate(schema, parse(text)).map(({ message }) => message))).toEqual(
    [],
  );
});
