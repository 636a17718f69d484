/**
 * Another process over one schema of the server that `TRACKER_POSTGRES` names: `writer.ts <schema> <task> <name>`.
 * Prints a line for each thing done. Core is imported as built, everything else as it stands in the sources.
 */
import {
  canonicalIssue,
  fieldsOf,
  type RecordWrite,
  recordWrite,
  type StoreBackend,
} from '@spec-kitty/tracker-core';
import { openPostgresStore } from '../../src/index.ts';

const COUNTER = 'memory:w:counter';

function newWrite(id: string, title: string): RecordWrite {
  const issue = canonicalIssue({ ref: { system: 'memory', workspace: 'w', id }, title });
  const pair = { local: fieldsOf(issue), remote: fieldsOf(issue) };
  const agreements = [{ ref: issue.ref, target: 'memory:w:w', pair }];
  return recordWrite({ revision: 1, issue, agreements, aliases: {}, fieldTimes: {} });
}

async function addOne(backend: StoreBackend): Promise<void> {
  for (;;) {
    const [holder] = await backend.lookup([COUNTER]);
    const [record] = await backend.load([holder?.recordId ?? 0]);
    if (!record) throw new Error('no counter');
    const issue = { ...record.issue, title: String(Number(record.issue.title) + 1) };
    const result = await backend.commit({ records: [recordWrite({ ...record, issue }, record)] });
    if (result.ok) return;
  }
}

const [schema = '', task = '', name = ''] = process.argv.slice(2);
const connectionString = process.env['TRACKER_POSTGRES'] ?? '';
await using store = openPostgresStore({ connectionString, schema });
const { backend } = store;

switch (task) {
  case 'open':
    await store.getPeople();
    process.stdout.write('opened\n');
    break;
  case 'count':
    for (let i = 0; i < 50; i++) {
      await addOne(backend);
      await backend.commit({ records: [newWrite(`${name}${i}`, name)] });
    }
    break;
  case 'pairs':
    for (let i = 0; ; i++) {
      await backend.commit({ records: [newWrite(`left${i}`, 'left'), newWrite(`right${i}`, 'right')] });
      process.stdout.write(`${i}\n`);
    }
  case 'lease': {
    const { fence } = await backend.acquireLease('b1', name, 3_600_000);
    process.stdout.write(`${fence}\n`);
    break;
  }
}
