/**
 * Another process over one store: `writer.ts <path> <task> <name>`. Prints a line for each thing done.
 * Core is imported as built, everything else as it stands in the sources.
 */
import {
  canonicalIssue,
  fieldsOf,
  type RecordWrite,
  recordWrite,
  systemClock,
} from '@spec-kitty/tracker-core';
import { openConnection } from '../../src/connection.ts';
import { SqliteBackend } from '../../src/sqlite-backend.ts';

const COUNTER = { system: 'memory', workspace: 'w', id: 'counter' };

function newWrite(id: string, title: string): RecordWrite {
  const issue = canonicalIssue({ ref: { system: 'memory', workspace: 'w', id }, title });
  const pair = { local: fieldsOf(issue), remote: fieldsOf(issue) };
  const agreements = [{ ref: issue.ref, target: 'memory:w:w', pair }];
  return recordWrite({ revision: 1, issue, agreements, aliases: {}, fieldTimes: {} });
}

async function addOne(backend: SqliteBackend): Promise<void> {
  for (;;) {
    const [holder] = await backend.lookup([`memory:w:${COUNTER.id}`]);
    const [record] = await backend.load([holder?.recordId ?? 0]);
    if (!record) throw new Error('no counter');
    const issue = { ...record.issue, title: String(Number(record.issue.title) + 1) };
    const result = await backend.commit({ records: [recordWrite({ ...record, issue }, record)] });
    if (result.ok) return;
  }
}

const [path = '', task = '', name = ''] = process.argv.slice(2);
const backend = new SqliteBackend(openConnection(path), systemClock);

switch (task) {
  case 'open':
    process.stdout.write('opened\n');
    break;
  case 'count':
    for (let i = 0; i < 100; i++) {
      await addOne(backend);
      await backend.commit({ records: [newWrite(`${name}${i}`, name)] });
    }
    break;
  case 'pairs':
    for (let i = 0; ; i++) {
      await backend.commit({ records: [newWrite(`left${i}`, 'left'), newWrite(`right${i}`, 'right')] });
      process.stdout.write(`${i}\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  case 'lease': {
    const { fence } = await backend.acquireLease('b1', name, 60_000);
    process.stdout.write(`${fence}\n`);
    break;
  }
}
await backend[Symbol.asyncDispose]();
