import { describe, expect, test } from 'vitest';
import { InMemoryIssueStore, type SyncFailure, type SyncStore } from '../../src/index.ts';
import { FULL } from '../mission/fake-connector.ts';
import {
  type BadInput,
  connectorThat,
  counted,
  cyclic,
  engineFor,
  expectHarmless,
  holed,
  issue,
  nested,
  REF,
  refuses,
  revoked,
  SECRET,
  trapped,
} from './support.ts';

const BINDING = 'fake:w:w';
const place = { system: 'fake', workspace: 'w' };

interface BadAnswer {
  name: string;
  code: string;
  fieldPath?: string | undefined;
  answer: unknown;
}

const answer = (name: string, code: string, given: unknown, fieldPath?: string): BadAnswer => ({
  name,
  code,
  answer: given,
  fieldPath,
});

function expectFailures(failures: readonly SyncFailure[], { code, fieldPath }: BadAnswer): void {
  expect(failures.length).toBeGreaterThan(0);
  for (const failure of failures) {
    expect({ code: failure.code, fieldPath: failure.fieldPath }).toEqual({ code, fieldPath });
    expectHarmless(failure.message);
  }
}

describe('capabilities', () => {
  const bad = (name: string, capabilities: unknown, fieldPath: string): BadInput => ({
    name,
    code: 'tracker_contract',
    fieldPath,
    run: (store) => engineFor(connectorThat({ getCapabilities: async () => capabilities }), store).sync(),
  });
  const { supportsWebhooks: _left, ...without } = FULL;
  test.each([null, undefined, SECRET, cyclic(), new Error('no answer')])(
    'what is thrown in place of them is an error of this project (%#)',
    async (thrown) => {
      const connector = connectorThat({ getCapabilities: () => Promise.reject(thrown) });
      const sync = engineFor(connector, new InMemoryIssueStore()).sync();
      await expect(sync).rejects.toMatchObject({ code: 'connector_request', isRetryable: false });
    },
  );

  refuses('capabilities', [
    bad('null', null, ''),
    bad('an unknown one', { ...FULL, supportsMagic: true }, 'supportsMagic'),
    bad('one that is missing', without, 'supportsWebhooks'),
    bad('one as text', { ...FULL, supportsDelete: SECRET }, 'supportsDelete'),
    bad('a negative lag', { ...FULL, lagMs: -1 }, 'lagMs'),
    bad('a lag of NaN', { ...FULL, lagMs: Number.NaN }, 'lagMs'),
    bad('an unknown order', { ...FULL, ordering: SECRET }, 'ordering'),
    bad('an unknown field', { ...FULL, fields: { titel: 'full' } }, 'fields.titel'),
    bad('pages of nothing', { ...FULL, limits: { pageSize: 0 } }, 'limits.pageSize'),
    bad('one that throws', trapped('supportsWebhooks'), ''),
  ]);
});

describe('pages', () => {
  const page = 'tracker_contract';
  const payload = 'issue_payload_contract';
  const cases = [
    answer('null', page, null),
    answer('text', page, SECRET),
    answer('no items', page, {}, 'items'),
    answer('text as items', page, { items: SECRET }, 'items'),
    answer('too many items', page, { items: Array(100_001).fill(null) }, 'items'),
    answer('a number as cursor', page, { items: [], nextCursor: 5 }, 'nextCursor'),
    answer('an empty cursor', page, { items: [], nextCursor: '' }, 'nextCursor'),
    answer('an endless cursor', page, { items: [], nextCursor: SECRET.repeat(5000) }, 'nextCursor'),
    answer('a cursor that repeats', page, { items: [], nextCursor: 'again' }, 'nextCursor'),
    answer('a ref that is none in gone', page, { items: [], gone: [{}] }, 'gone[0].system'),
    answer('half a move', page, { items: [], moved: [{ from: REF }] }, 'moved[0].to'),
    answer(
      'a failure without words',
      page,
      { items: [], failures: [{ location: 'x' }] },
      'failures[0].message',
    ),
    answer('a page that throws', page, trapped('items')),
    answer('null as an issue', payload, { items: [null] }),
    answer('a hole', payload, { items: holed(null) }),
    answer('a promise as an issue', payload, { items: [Promise.resolve(issue())] }, 'ref'),
    answer('an issue whose ref throws', payload, { items: [trapped('ref')] }),
    answer('an issue whose title throws', payload, {
      items: [Object.assign(trapped('title'), { ref: REF })],
    }),
    answer('a number as title', payload, { items: [issue({ title: 5 })] }, 'title'),
    answer(
      'a time without zone',
      payload,
      { items: [issue({ updatedAt: '2026-01-01T00:00:00' })] },
      'updatedAt',
    ),
    answer(
      'nesting of 100,000 levels',
      payload,
      { items: [issue({ customFields: { a: nested(100_000) } })] },
      'customFields',
    ),
    answer('a cycle', payload, { items: [issue({ customFields: cyclic() })] }, 'customFields'),
    answer(
      'an issue of another system',
      'scope_violation',
      { items: [issue({ ref: { ...REF, system: 'evil' } })] },
      'ref.workspace',
    ),
    answer(
      'an issue of another workspace',
      'scope_violation',
      { items: [issue({ ref: { ...REF, workspace: 'x' } })] },
      'ref.workspace',
    ),
  ];
  test.each(cases)('$name: $code $fieldPath', async (bad) => {
    const store = new InMemoryIssueStore();
    const connector = connectorThat({ listIssues: async () => bad.answer });
    const { failures, checkpoint } = await engineFor(connector, store).pull();
    expectFailures(failures, bad);
    expect(checkpoint.cursor).toBeUndefined();
    expect(await store.listIssues()).toEqual([]);
  });
  counted('pages', cases);

  test('a bad issue leaves the good ones of its page alone', async () => {
    const store = new InMemoryIssueStore();
    const items = [null, issue({ title: 5 }), trapped('ref'), issue({ ref: { ...REF, id: '2' } })];
    const { failures } = await engineFor(
      connectorThat({ listIssues: async () => ({ items }) }),
      store,
    ).pull();
    expect(failures).toHaveLength(3);
    expect((await store.listIssues()).map(({ ref }) => ref.id)).toEqual(['2']);
  });

  test.each([null, undefined, SECRET, 5, { secret: SECRET }, Object.create(null), cyclic()])(
    'what is thrown and is no error is not shown (%#)',
    async (thrown) => {
      const listIssues = (): Promise<never> => Promise.reject(thrown);
      const { failures } = await engineFor(connectorThat({ listIssues }), new InMemoryIssueStore()).pull();
      expectFailures(failures, answer('', 'connector_request', undefined));
    },
  );
});

test('what a tracker says without end is cut in the result', async () => {
  const words = 'words '.repeat(100_000);
  const failures = [{ location: words, message: words }];
  const listIssues = async (): Promise<unknown> => ({ items: [], failures });
  const result = await engineFor(connectorThat({ listIssues }), new InMemoryIssueStore()).pull();
  const [failure] = result.failures;
  expect(failure?.message.length).toBeLessThan(2100);
  expect(failure?.fieldPath?.length).toBeLessThan(2100);
});

test.each([
  { name: 'a proxy that is revoked', thrown: () => revoked() },
  {
    name: 'an error whose words throw',
    thrown: () =>
      Object.defineProperty(new Error(), 'message', { get: () => Reflect.get(trapped('a'), 'a') }),
  },
])('what is thrown and cannot be looked at is not shown: $name', async ({ thrown }) => {
  const listIssues = (): Promise<never> => Promise.reject(thrown());
  const { failures } = await engineFor(connectorThat({ listIssues }), new InMemoryIssueStore()).pull();
  expectFailures(failures, answer('', 'connector_request', undefined));
});

describe('look-ups', () => {
  const payload = 'issue_payload_contract';
  const many = [
    answer('null', payload, null),
    answer('text', payload, SECRET),
    answer('one too few', payload, [issue()]),
    answer('what is no issue', payload, [5, SECRET]),
    answer('issues that throw', payload, [trapped('ref'), trapped('title')]),
  ];
  const one = [
    answer('null alone', payload, null),
    answer('nothing alone', payload, undefined),
    answer('text alone', payload, SECRET),
    answer('an issue that throws alone', payload, trapped('ref')),
    answer(
      'an issue of another system alone',
      'scope_violation',
      issue({ ref: { ...REF, system: 'evil' } }),
      'ref.workspace',
    ),
  ];
  const cases = [
    ...many.map((bad) => ({ ...bad, bulk: true })),
    ...one.map((bad) => ({ ...bad, bulk: false })),
  ];
  test.each(cases)('$name: $code $fieldPath', async (bad) => {
    const store = new InMemoryIssueStore();
    const events = ['1', '2'].map((id) => ({
      eventId: id,
      eventType: 'updated' as const,
      issueRef: { ...REF, id },
      timestamp: '',
      payload: null,
    }));
    await store.putEvents(BINDING, events);
    const connector = connectorThat({
      getCapabilities: async () => ({ ...FULL, supportsBulkRead: bad.bulk }),
      listIssues: async () => ({ items: [] }),
      getIssue: async () => bad.answer,
      getIssues: async () => bad.answer,
    });
    const { failures } = await engineFor(connector, store).pull();
    expect(failures).toHaveLength(2);
    expectFailures(failures, bad);
    expect(await store.listIssues()).toEqual([]);
    // They are asked for again by the next run.
    expect(await store.backend.rereads(BINDING, { after: 0, limit: 10 })).toHaveLength(2);
  });
  counted('look-ups', cases);
});

describe('answers to writes', () => {
  const payload = 'issue_payload_contract';
  const elsewhere = issue({ ref: { ...REF, system: 'evil' } });
  const cases = [
    answer('null', 'tracker_contract', null),
    answer('text', 'tracker_contract', SECRET),
    answer('none', 'tracker_contract', []),
    answer('one too few', 'tracker_contract', [{ ok: true, issue: issue() }]),
    answer('nulls', 'tracker_contract', [null, null]),
    answer('holes', 'tracker_contract', new Array(2)),
    answer('results that throw', 'tracker_contract', [trapped('error'), trapped('issue')]),
    answer('no issues', payload, [{ ok: true }, { ok: true }]),
    answer(
      'bad issues',
      payload,
      [
        { ok: true, issue: issue({ title: 5 }) },
        { ok: true, issue: issue({ title: '' }) },
      ],
      'title',
    ),
    answer('text as errors', 'connector_request', [
      { ok: false, error: SECRET },
      { ok: false, error: null },
    ]),
    answer(
      'issues of another system',
      'scope_violation',
      [
        { ok: true, issue: elsewhere },
        { ok: true, issue: elsewhere },
      ],
      'ref.workspace',
    ),
  ];
  const drafts = async (store: SyncStore): Promise<void> => {
    await store.createDraft(place, { title: 'one' });
    await store.createDraft(place, { title: 'two' });
  };
  test.each(cases)('$name: $code', async (bad) => {
    const store = new InMemoryIssueStore();
    await drafts(store);
    const before = await store.listIssues();
    const connector = connectorThat({
      getCapabilities: async () => ({ ...FULL, supportsBulkWrite: true }),
      createIssues: async () => bad.answer,
    });
    const { failures, stats } = await engineFor(connector, store).push();
    expect(failures).toHaveLength(2);
    for (const { code, message } of failures) {
      expect(code).toBe(bad.code);
      expectHarmless(message);
    }
    expect(stats.pushedCreated).toBe(0);
    expect(await store.listIssues()).toEqual(before);
  });
  counted('answers to writes', cases);
});
