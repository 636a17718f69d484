import { type IssueQuery, recordWrite } from '@spec-kitty/tracker-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  content,
  dropSchema,
  failure,
  issue,
  openStore,
  pendingWrite,
  run,
  START,
  schemaName,
  servers,
  write,
} from './support.ts';

const elsewhere = { system: 'other', workspace: 'w:2', id: '1' };
const second = content(issue('2', { title: 'Ünder 100%', labels: ['bug', 'ui'], status: 'done' }));
const withAlias = content(issue('6', { title: 'six \udfff' }), { aliases: { 'gone:w:1': 'memory:w:6' } });

const records = [
  write('1', { title: 'Fix the LOGIN page', body: null, labels: ['bug'], status: 'todo' }),
  recordWrite({ ...second, agreements: [...second.agreements, { ref: elsewhere, target: 'other:w%3A2:' }] }),
  write('3', {
    title: 'three',
    body: 'a_b \\ "quoted" login\0end \u{1f600}',
    status: 'in_progress',
    labels: ['Bug'],
  }),
  recordWrite(content(issue('4'), { deleted: { at: START, by: 'local' } })),
  pendingWrite('5'),
  recordWrite(withAlias),
];

const queries: [IssueQuery, number[]][] = [
  [{}, [1, 2, 3, 5, 6]],
  [{ deleted: false }, [1, 2, 3, 5, 6]],
  [{ deleted: true }, [4]],
  [{ status: 'done' }, [2]],
  [{ status: ['done', 'in_progress'] }, [2, 3]],
  [{ status: [] }, []],
  [{ labels: ['bug'] }, [1, 2]],
  [{ labels: ['ui', 'bug'] }, [2]],
  [{ labels: [] }, [1, 2, 3, 5, 6]],
  [{ labels: [`'; DROP TABLE records; --`] }, []],
  [{ text: 'login' }, [1, 3]],
  [{ text: 'FIX THE' }, [1]],
  [{ text: '100%' }, [2]],
  [{ text: '%' }, [2]],
  [{ text: '1%0' }, []],
  [{ text: 'a_b' }, [3]],
  [{ text: 'a-b' }, []],
  [{ text: '\udfff' }, [6]],
  [{ text: '_' }, [3]],
  [{ text: '\\' }, [3]],
  [{ text: '"quoted"' }, [3]],
  [{ text: 'in\0en' }, [3]],
  [{ text: '\u{1f600}' }, [3]],
  [{ text: 'ünder' }, []],
  [{ text: 'Ünder' }, [2]],
  [{ text: '\ud83d' }, [3]],
  [{ text: '\ude00' }, [3]],
  [{ text: 'page null' }, []],
  [{ text: '' }, [1, 2, 3, 5, 6]],
  [{ text: 'x'.repeat(100_000) }, []],
  [{ system: 'memory' }, [1, 2, 3, 5, 6]],
  [{ system: 'other' }, [2]],
  [{ system: 'mem' }, []],
  [{ system: 'gone' }, []],
  [{ workspace: 'w:2' }, [2]],
  [{ workspace: 'w' }, [1, 2, 3, 5, 6]],
  [{ system: 'other', workspace: 'w:2' }, [2]],
  [{ system: 'other', workspace: 'w' }, []],
  [{ system: 'memory', workspace: 'w:2' }, []],
  [{ pending: true }, [2, 5]],
  [{ pending: false }, [1, 3, 6]],
  [{ pending: true, status: 'done', labels: ['ui'], text: '100', system: 'other' }, [2]],
  [{ pending: false, deleted: true }, []],
  [{ pending: true, deleted: true }, [4]],
];

describe.for(servers())('$name', { timeout: 60_000 }, (server) => {
  const sharedSchema = schemaName();
  const shared = openStore(server, { schema: sharedSchema }).backend;
  beforeAll(() => shared.commit({ records }));
  afterAll(() => dropSchema(server, sharedSchema));

  test.for(queries)('query %j', async ([query, expected]) => {
    const found = await shared.query(query, { after: 0, limit: 100 });
    expect(found.map(({ id }) => id)).toEqual(expected);

    const paged: number[] = [];
    for (;;) {
      const [next] = await shared.query(query, { after: paged.at(-1) ?? 0, limit: 1 });
      if (!next) break;
      paged.push(next.id);
    }
    expect(paged).toEqual(expected);
  });

  test('a record pending for two trackers is found once', async () => {
    const { backend } = openStore(server);
    await backend.commit({ records: [{ ...pendingWrite('1'), pending: ['t1', 't2'] }] });
    expect(await backend.query({ pending: true }, { after: 0, limit: 10 })).toHaveLength(1);
  });

  test('a damaged record is named, others are read', async () => {
    const { backend, schema } = openStore(server);
    await backend.commit({ records: ['1', '2', '3'].map((id) => write(id)) });
    await run(server.pool, `UPDATE "${schema}".records SET text = '{"revision":' WHERE id = 2`);
    const error = await failure(() => backend.query({}, { after: 0, limit: 100 }));
    expect(error).toMatchObject({ code: 'store_io', retryable: false });
    expect(String(error)).toContain('record 2');
    expect(await backend.load([1, 3])).toMatchObject([{ id: 1 }, { id: 3 }]);
  });
});
