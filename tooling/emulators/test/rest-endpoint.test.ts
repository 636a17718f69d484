import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { beyondDescription, matchOperation, operation, parseRest, type RestOperation } from '../src/index.ts';
import { toResponse } from '../src/rest-endpoint.ts';

const TYPED = '/issues/$' + '{type}';

const get = operation({
  method: 'GET',
  path: '/issues/{id}',
  kind: 'read',
  query: z.object({ fields: z.optional(z.string()) }),
  handle: ({ params, query }) => ({ status: 200, body: { ...params, ...query } }),
});
const create = operation({
  method: 'POST',
  path: TYPED,
  kind: 'write',
  body: z.strictObject({ title: z.string() }),
  handle: ({ params, body }) => ({ status: 201, body: { ...params, ...body } }),
});
const special = operation({
  method: 'GET',
  path: '/issues/new',
  kind: 'read',
  handle: () => ({ status: 204 }),
});
const ALL: readonly RestOperation[] = [get, create, special];
const ORIGIN = 'https://tracker.example';

test.each([
  ['GET', '/issues/a%2Fb', { id: 'a/b' }],
  ['POST', '/issues/$Bug', { type: 'Bug' }],
  ['GET', '/issues/new', {}],
])('%s %s is found with its parts', (method, path, params) => {
  expect(matchOperation(ALL, method, path)).toMatchObject({ found: 'operation', params });
});

test('a path without the method, and no path at all, are told apart', () => {
  expect(matchOperation(ALL, 'DELETE', '/issues/1')).toEqual({ found: 'path' });
  expect(matchOperation(ALL, 'GET', '/projects/1')).toEqual({ found: 'nothing' });
});

describe('a request', () => {
  const parsed = (one: RestOperation, url: string, init?: RequestInit) =>
    parseRest(one, new Request(`${ORIGIN}${url}`, init));

  it.each([
    [get, '/issues/1?fields=a', undefined, { query: { fields: 'a' }, body: undefined }],
    [get, '/issues/1?other=a', undefined, { problem: expect.stringContaining('other') }],
    [create, '/issues/$Bug', '{"title":"x"}', { query: {}, body: { title: 'x' } }],
    [create, '/issues/$Bug', '{"title":1}', { problem: expect.stringContaining('title') }],
    [create, '/issues/$Bug', 'x', { problem: 'body: no JSON' }],
    [special, '/issues/new?x=1', undefined, { problem: expect.stringContaining('x') }],
  ])('%# is parsed or refused', async (one, url, body, expected) => {
    const init = body === undefined ? {} : { method: 'POST', body };
    expect(await parsed(one, url, init)).toEqual(expected);
  });
});

test('an answer is JSON, text or nothing', async () => {
  const answers = [{ status: 200, body: { a: 1 } }, { status: 429, body: 'later' }, { status: 204 }].map(
    toResponse,
  );
  expect(await Promise.all(answers.map((one) => one.text()))).toEqual(['{"a":1}', 'later', '']);
});

test('what a description does not say is seen', () => {
  const description = {
    paths: {
      '/api/issues/{issue_id}': {
        get: { parameters: [{ $ref: '#/parameters/expand' }] },
        delete: {},
      },
      [`/api${TYPED}`]: {
        post: { requestBody: { content: { 'application/json': { schema: { $ref: '#/schemas/New' } } } } },
      },
    },
    parameters: { expand: { in: 'query', name: 'expand' } },
    schemas: { New: { allOf: [{ properties: { name: {} } }] } },
  };
  expect(beyondDescription(ALL, description, { prefix: '/api' })).toEqual([
    'GET /issues/{id}: the parameter fields is unknown',
    `POST ${TYPED}: the field title is unknown`,
    'GET /issues/new is unknown',
  ]);
});
