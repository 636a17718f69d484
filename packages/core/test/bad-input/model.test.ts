import { describe, expect, test } from 'vitest';
import {
  canonicalIssue,
  InMemoryIssueStore,
  issuePatch,
  OwnershipPolicy,
  parseRefIdentity,
} from '../../src/index.ts';
import {
  type BadInput,
  bushy,
  counted,
  cyclic,
  expectHarmless,
  flipping,
  holed,
  issue,
  nested,
  REF,
  reaching,
  refuses,
  revoked,
  SECRET,
  shared,
  trapped,
} from './support.ts';

const code = 'issue_payload_contract';

describe('issues', () => {
  const bad = (name: string, input: unknown, fieldPath = ''): BadInput[] => [
    { name, code, fieldPath, run: (store) => store.upsertIssue(input as never) },
    { name: `${name}, parsed alone`, code, fieldPath, run: () => canonicalIssue(input) },
  ];
  const field = (name: string, change: object, fieldPath: string): BadInput[] =>
    bad(name, issue(change), fieldPath);
  refuses('issues', [
    ...bad('nothing', undefined),
    ...bad('null', null),
    ...bad('a number', 42),
    ...bad('text', SECRET),
    ...bad('a list', [issue()]),
    ...bad('a function', () => issue()),
    ...bad('a promise', Promise.resolve(issue()), 'ref'),
    ...bad('a title that throws', trapped('ref')),
    ...bad(
      'a proxy that throws',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error(SECRET);
          },
        },
      ),
    ),
    ...bad('what it inherits', Object.create(issue({ title: 5 })), 'title'),
    ...bad('keys of a prototype', { ...reaching() }, 'ref'),
    ...field('no title', { title: undefined }, 'title'),
    ...field('a blank title', { title: ' \t\n' }, 'title'),
    ...field('a number as title', { title: 5 }, 'title'),
    ...field('a title of a megabyte', { title: SECRET.repeat(50_000) }, 'title'),
    ...field('an object as body', { body: { secret: SECRET } }, 'body'),
    ...field('a body beyond five million', { body: 'x'.repeat(5_000_001) }, 'body'),
    ...field('an unknown status', { status: SECRET }, 'status'),
    ...field('a status of a prototype', { status: 'constructor' }, 'status'),
    ...field('an unknown type', { issueType: SECRET }, 'issueType'),
    ...field('a priority as text', { priority: '1' }, 'priority'),
    ...field('a priority of NaN', { priority: Number.NaN }, 'priority'),
    ...field('a priority of Infinity', { priority: Number.POSITIVE_INFINITY }, 'priority'),
    ...field('text as assignees', { assignees: SECRET }, 'assignees'),
    ...field('a hole among assignees', { assignees: holed('a') }, 'assignees[0]'),
    ...field('a hole among labels', { labels: holed('a') }, 'labels[0]'),
    ...field('a blank label', { labels: ['a', ' '] }, 'labels[1]'),
    ...field('a thousand and one labels', { labels: Array(1001).fill('a') }, 'labels'),
    ...field('an identity as ref', { ref: 'fake:w:1' }, 'ref'),
    ...field('a number as id', { ref: { ...REF, id: 7 } }, 'ref.id'),
    ...field('a blank workspace', { ref: { ...REF, workspace: ' ' } }, 'ref.workspace'),
    ...field('an endless id', { ref: { ...REF, id: SECRET.repeat(1000) } }, 'ref.id'),
    ...field('a parent without id', { parent: { system: 'fake', workspace: 'w' } }, 'parent.id'),
    ...field('an unknown link', { links: [{ type: SECRET, target: REF }] }, 'links[0].type'),
    ...field('a link to nothing', { links: [{ type: 'blocks', target: null }] }, 'links[0].target'),
    ...field('a list as custom fields', { customFields: [] }, 'customFields'),
    ...field('a map as custom fields', { customFields: new Map([[SECRET, 1]]) }, 'customFields'),
    ...field('a date in custom fields', { customFields: { at: new Date() } }, 'customFields'),
    ...field('nesting of 100,000 levels', { customFields: { a: nested(100_000) } }, 'customFields'),
    ...field('a cycle', { customFields: cyclic() }, 'customFields'),
    ...field('a cycle that doubles', { customFields: bushy() }, 'customFields'),
    ...field('one part in many places', { customFields: { a: shared() } }, 'customFields'),
    ...field(
      'holes without end',
      { customFields: { a: Object.assign([], { length: 2 ** 32 - 1 }) } },
      'customFields',
    ),
    ...field('a list that is revoked', { labels: revoked() }, ''),
    ...field('NaN in custom fields', { customFields: { a: Number.NaN } }, 'customFields'),
    ...field('Infinity in custom fields', { customFields: { a: [-Infinity] } }, 'customFields'),
    ...field('a big integer', { customFields: { a: 1n } }, 'customFields'),
    ...field('undefined in custom fields', { customFields: { a: undefined } }, 'customFields'),
    ...field('a hole in custom fields', { customFields: { a: holed(1) } }, 'customFields'),
    ...field('a trap in custom fields', { customFields: trapped('a') }, 'customFields'),
    ...field('a raw payload with a cycle', { raw: cyclic() }, 'raw'),
    ...field('a date without time', { updatedAt: '2026-01-01' }, 'updatedAt'),
    ...field('a time without zone', { updatedAt: '2026-01-01T00:00:00' }, 'updatedAt'),
    ...field('a Date', { updatedAt: new Date() }, 'updatedAt'),
    ...field('seconds since 1970', { createdAt: 1_700_000_000 }, 'createdAt'),
    ...field('30 February', { createdAt: '2025-02-30T00:00:00Z' }, 'createdAt'),
    ...field('29 February of no leap year', { createdAt: '2025-02-29T00:00:00.000Z' }, 'createdAt'),
    ...field('hour 24', { createdAt: '2025-02-01T24:00:00Z' }, 'createdAt'),
    ...field('month 13', { createdAt: '2025-13-01T00:00:00.000Z' }, 'createdAt'),
    ...field('a revision as text', { localRevision: '1' }, 'localRevision'),
    ...field('a revision of 0', { localRevision: 0 }, 'localRevision'),
    ...field('an empty key', { correlationKey: '' }, 'correlationKey'),
  ]);

  test('what is checked is what is kept: a property that changes is read once', async () => {
    const customFields = { a: flipping('b', 'first', 1n) } as never;
    expect(canonicalIssue(issue({ customFields })).customFields).toEqual({ a: { b: 'first' } });
  });

  test('what is kept is a copy, as JSON would have it', async () => {
    const customFields = { a: [1, { b: -0 }] };
    const parsed = canonicalIssue(issue({ customFields }));
    customFields.a.push(2);
    expect(parsed.customFields).toStrictEqual({ a: [1, { b: 0 }] });
  });

  test('what looks hostile and is data is kept to the letter', async () => {
    const title = 'a\0b \ud800 \u202e -rf "\' $(x)';
    const customFields = { ...reaching(), '': 1, toString: 'x' } as never;
    const store = new InMemoryIssueStore();
    await store.upsertIssue(issue({ title, body: '\udfff'.repeat(1_000_000), customFields }));
    const kept = await store.getIssue(REF);
    expect(kept?.title).toBe(title);
    expect(kept?.body).toBe('\udfff'.repeat(1_000_000));
    expect(JSON.stringify(kept?.customFields)).toBe(JSON.stringify(customFields));
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('patches', () => {
  const bad = (name: string, patch: unknown, fieldPath: string): BadInput => ({
    name,
    code,
    fieldPath,
    run: (store) => store.editIssue(REF, patch as never),
  });
  refuses(
    'patches',
    [
      bad('null', null, ''),
      bad('a list', [], ''),
      bad('a misspelt field', { titel: SECRET }, 'titel'),
      bad('a ref', { ref: REF }, 'ref'),
      bad('a prototype', reaching(), '__proto__'),
      bad('a field that throws', trapped('title'), ''),
      bad('an undefined field', { title: undefined }, 'title'),
      bad('a blank title', { title: '' }, 'title'),
      bad('a path into custom fields', { 'customFields.team': SECRET }, 'customFields.team'),
      bad('a name of a megabyte', { ['x'.repeat(1_000_000)]: 1 }, 'x'.repeat(1000)),
      bad('nesting of 100,000 levels', { customFields: { a: nested(100_000) } }, 'customFields'),
      bad('labels with a hole', { labels: holed('a') }, 'labels[0]'),
    ],
    (store) => store.upsertIssue(issue()),
  );

  test('a key outside the ten fields has a reason of its own', () => {
    expect(() => issuePatch({ titel: 1 })).toThrow(expect.objectContaining({ reason: 'PK-001' }));
  });
});

describe('identities', () => {
  const cases = [
    '',
    ':',
    'a:b',
    'a:b:c:d',
    'a::c',
    'a:b:%zz',
    'a:b:%3a',
    'a:b:c%',
    'x'.repeat(1_000_000),
  ].map((identity) => ({ name: identity.slice(0, 20) || 'nothing', identity }));
  test.each(cases)('$name is no identity', ({ identity }) => {
    expect(() => parseRefIdentity(identity)).toThrow(TypeError);
    try {
      parseRefIdentity(identity);
    } catch (error) {
      expectHarmless(String(error));
    }
  });
  counted('identities', cases);
});

describe('policies', () => {
  const bad = (name: string, json: unknown, fieldPath: string): BadInput => ({
    name,
    code: 'connector_config',
    fieldPath,
    run: () => OwnershipPolicy.fromJSON(json),
  });
  const split = (fieldOwners: unknown): object => ({ mode: 'split_ownership', fieldOwners });
  refuses('policies', [
    bad('null', null, ''),
    bad('text', SECRET, ''),
    bad('an unknown mode', { mode: SECRET }, 'mode'),
    bad('no mode', {}, 'mode'),
    bad('owners where there are none', { mode: 'external_authoritative', fieldOwners: {} }, 'fieldOwners'),
    bad('an unknown field', split({ titel: 'local' }), 'fieldOwners.titel'),
    bad('custom fields without a key', split({ 'customFields.': 'local' }), 'fieldOwners.customFields.'),
    bad('an unknown owner', split({ title: SECRET }), 'fieldOwners.title'),
    bad('an unknown default', { mode: 'split_ownership', defaultOwner: SECRET }, 'defaultOwner'),
    bad('a list of owners', split([]), 'fieldOwners'),
    bad('a mode that throws', trapped('mode'), ''),
  ]);
});
