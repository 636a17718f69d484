import { describe } from 'vitest';
import type { SyncEngineOptions } from '../../src/index.ts';
import {
  type BadInput,
  connectorThat,
  cyclic,
  engineFor,
  holed,
  issue,
  nested,
  REF,
  refuses,
  revoked,
  SECRET,
  trapped,
} from './support.ts';

describe('options of the engine', () => {
  const bad = (name: string, fieldPath: string, change: object): BadInput => ({
    name,
    code: 'connector_config',
    fieldPath,
    run: (store) => engineFor(connectorThat({}), store, change as Partial<SyncEngineOptions>),
  });
  refuses('options of the engine', [
    bad('no connector', 'connector', { connector: undefined }),
    bad('no store', 'store', { store: null }),
    bad('no policy', 'policy', { policy: undefined }),
    bad('a policy as JSON', 'policy', { policy: { mode: 'external_authoritative' } }),
    bad('pages of nothing', 'pageSize', { pageSize: 0 }),
    bad('a number as text', 'pageSize', { pageSize: '100' }),
    bad('NaN', 'pageSize', { pageSize: Number.NaN }),
    bad('Infinity', 'leaseMs', { leaseMs: Number.POSITIVE_INFINITY }),
    bad('half a call', 'concurrency', { concurrency: 1.5 }),
    bad('an overlap into the future', 'overlapMs', { overlapMs: -1 }),
    bad('no try', 'retry.maxAttempts', { retry: { maxAttempts: 0 } }),
    bad('a limit as text', 'limits.maxCreates', { limits: { maxCreates: '5' } }),
    bad('a negative limit', 'limits.maxDeletes', { limits: { maxDeletes: -1 } }),
    bad('an unknown strategy', 'strategy', { strategy: SECRET }),
    bad('an unknown default strategy', 'strategy.default', { strategy: { default: SECRET } }),
    bad('an unknown strategy of a field', 'strategy.fields.title', {
      strategy: { default: 'external_wins', fields: { title: 'constructor' } },
    }),
    bad('an enrolment of labels as text', 'enrol.labels', { enrol: { labels: SECRET } }),
    bad('an enrolment of an unknown status', 'enrol.status', { enrol: { status: SECRET } }),
    bad('an enrolment of nothing', 'enrol', { enrol: null }),
    bad('an enrolment that is revoked', undefined as never, { enrol: revoked() }),
    bad('an endless id', 'bindingId', { bindingId: 'x'.repeat(2049) }),
    bad('an unknown kind of deletion', 'deletions', { deletions: SECRET }),
    bad('text as filters', 'filters', { filters: SECRET }),
    bad('filters with a cycle', 'filters', { filters: cyclic() }),
    bad('filters of 100,000 levels', 'filters', { filters: { a: nested(100_000) } }),
    bad('a number as id', 'bindingId', { bindingId: 5 }),
    bad('an empty id', 'bindingId', { bindingId: '' }),
  ]);
});

describe('checkpoints', () => {
  const bad = (name: string, checkpoint: unknown, fieldPath: string): BadInput => ({
    name,
    code: 'tracker_contract',
    fieldPath,
    run: (store) => engineFor(connectorThat({}), store).restoreCheckpoint(checkpoint as never),
  });
  refuses('checkpoints', [
    bad('null', null, ''),
    bad('a number as cursor', { cursor: -1 }, 'cursor'),
    bad('an empty cursor', { cursor: '' }, 'cursor'),
    bad('a cursor of a megabyte', { cursor: SECRET.repeat(50_000) }, 'cursor'),
    bad('a time in words', { updatedSince: 'yesterday' }, 'updatedSince'),
    bad('a time without zone', { updatedSince: '2026-01-01T00:00:00' }, 'updatedSince'),
    bad('a cursor that throws', trapped('cursor'), ''),
  ]);
});

describe('people', () => {
  const bad = (name: string, people: unknown, fieldPath: string): BadInput => ({
    name,
    code: 'connector_config',
    fieldPath,
    run: (store) => store.setPeople(people as never),
  });
  refuses('tables of people', [
    bad('null', null, 'people'),
    bad('an object', { a: 1 }, 'people'),
    bad('null as a person', [null], 'people[0]'),
    bad('a hole', holed({ id: 'a', ids: {} }), 'people[0]'),
    bad('a person without ids', [{ id: SECRET }], 'people[0].ids'),
    bad('a blank name', [{ id: ' ', ids: {} }], 'people[0].id'),
    bad('a number as id', [{ id: 'a', ids: { 'github:x': 5 } }], 'people[0].ids.github:x'),
    bad('a place that is none', [{ id: 'a', ids: { github: 'b' } }], 'people[0].ids.github'),
    bad('a person that throws', [trapped('ids')], ''),
    bad(
      'one id for two people',
      [
        { id: 'a', ids: { 'github:x': 'me' } },
        { id: 'b', ids: { 'github:x': 'me' } },
      ],
      'people[1].ids',
    ),
  ]);
});

describe('events', () => {
  const event = (change: object = {}): object => ({
    eventId: 'e',
    eventType: 'updated',
    issueRef: REF,
    timestamp: '2026-01-01T00:00:00Z',
    payload: null,
    ...change,
  });
  const bad = (name: string, events: unknown, fieldPath: string): BadInput[] => [
    {
      name,
      code: 'tracker_contract',
      fieldPath,
      run: (store) => store.putEvents('b', events as never),
    },
    {
      name: `${name}, applied`,
      code: 'tracker_contract',
      fieldPath,
      run: (store) => engineFor(connectorThat({}), store).applyEvents(events as never),
    },
  ];
  refuses('events', [
    ...bad('null', null, ''),
    ...bad('null as an event', [null], '[0]'),
    ...bad('a hole', holed(event()), '[0]'),
    ...bad('an unknown type', [event({ eventType: SECRET })], '[0].eventType'),
    ...bad('no ref', [event({ issueRef: null })], '[0].issueRef'),
    ...bad('a number as id', [event({ issueRef: { ...REF, id: 5 } })], '[0].issueRef.id'),
    ...bad('no id', [event({ eventId: '' })], '[0].eventId'),
    ...bad('a payload with a cycle', [event({ payload: cyclic() })], '[0].payload'),
    ...bad('a payload of 100,000 levels', [event({ payload: nested(100_000) })], '[0].payload'),
    ...bad('an event that throws', [trapped('issueRef')], ''),
    ...bad('too many', Array(100_001).fill(event()), ''),
  ]);
});

describe('calls of a store', () => {
  const bad = (
    name: string,
    code: string,
    fieldPath: string | undefined,
    run: BadInput['run'],
  ): BadInput => ({
    name,
    code,
    ...(fieldPath === undefined ? {} : { fieldPath }),
    run,
  });
  const place = { system: 'fake', workspace: 'w' };
  const payload = 'issue_payload_contract';
  refuses(
    'calls of a store',
    [
      bad('a link to nothing', payload, '', (store) => store.linkRef(REF, null as never)),
      bad('a link to a blank id', payload, 'id', (store) => store.linkRef(REF, { ...REF, id: '' })),
      bad('a link to a number', payload, 'id', (store) => store.linkRef(REF, { ...REF, id: 5 as never })),
      bad('a ref that throws', payload, '', (store) => store.linkRef(REF, trapped('system') as never)),
      bad('enrolling nowhere', 'connector_config', 'system', (store) => store.enrol(REF, {} as never)),
      bad('enrolling in null', 'connector_config', '', (store) => store.enrol(REF, null as never)),
      bad('enrolling in a number', 'connector_config', 'workspace', (store) =>
        store.enrol(REF, { system: 'a', workspace: 5 as never }),
      ),
      bad('enrolling in a scope that is none', 'connector_config', 'scope', (store) =>
        store.enrol(REF, { ...place, scope: {} as never }),
      ),
      bad('a draft nowhere', 'connector_config', 'system', (store) =>
        store.createDraft({ system: '', workspace: 'w' }, { title: 'x' }),
      ),
      bad('a draft without title', payload, 'title', (store) => store.createDraft(place, {} as never)),
      bad('a draft of an unknown status', payload, 'status', (store) =>
        store.createDraft(place, { title: 'x', status: SECRET as never }),
      ),
      bad('an older copy', 'sync_conflict', 'localRevision', (store) =>
        store.upsertIssue(issue({ localRevision: 1 })),
      ),
      bad('a conflict that is not there', 'issue_not_found', undefined, (store) =>
        store.resolveConflict(SECRET.slice(0, 4), 'local'),
      ),
      bad('a draft whose fields throw', payload, '', (store) =>
        store.createDraft(place, trapped('title') as never),
      ),
      bad('null as a choice', payload, '', (store) => store.resolveConflict('c', null as never)),
      bad('a choice of nothing', payload, 'value', (store) => store.resolveConflict('c', {} as never)),
      bad('a choice that is no data', payload, 'value', (store) =>
        store.resolveConflict('c', { value: cyclic() as never }),
      ),
      bad('an issue that is not there', 'issue_not_found', undefined, (store) =>
        store.editIssue({ ...REF, id: 'none' }, { title: 'x' }),
      ),
      bad('deleting what is not there', 'issue_not_found', undefined, (store) =>
        store.deleteIssue({ ...REF, id: 'none' }),
      ),
      bad('unlinking the only ref', 'connector_config', undefined, (store) => store.unlinkRef(REF)),
    ],
    async (store) => {
      await store.upsertIssue(issue());
      await store.editIssue(REF, { title: 'Another title' });
    },
  );
});
