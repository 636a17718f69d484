import { type CommandRunner, canonicalIssue } from '@spec-kitty/tracker-core';
import { expect, test } from 'vitest';
import type { BeadsConnector } from '../src/index.ts';
import { kinds } from './support/databases.ts';

const VALIDATION = 'Import failed: error creating depth-0 issues: validation failed for issue';
const REFUSALS = [
  ['a line', 'Error parsing line 2: json: cannot unmarshal', undefined],
  ['a status', `${VALIDATION} 1: invalid status: in_progress`, 'status'],
  ['a type', `${VALIDATION} 1: invalid issue type: bug`, 'issueType'],
] as const;

test.each(REFUSALS)(
  'a row that is refused by %s fails alone, and the others are imported',
  async (_, said, fieldPath) => {
    const [kind] = kinds;
    if (!kind) throw new Error('no kind');
    using held = kind.open();
    let imports = 0;
    const run: CommandRunner = {
      async run(call) {
        if (call.args[0] !== 'import') return held.run.run(call);
        imports += 1;
        if (String(call.input).includes('"bad"')) return { exitCode: 1, stdout: '', stderr: `${said}\n` };
        return held.run.run(call);
      },
    };
    const create = (title: string) => ({
      issue: canonicalIssue({
        ref: { system: 'beads', workspace: 'beads', id: title },
        title,
        ...(title === 'bad' ? { status: 'in_progress' as const, issueType: 'bug' as const } : {}),
      }),
      options: { idempotencyKey: title },
    });
    const connector: BeadsConnector = held.bind(run);
    const results = await connector.createIssues([create('one'), create('bad'), create('two')]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(results[1]).toMatchObject({
      error: { code: 'capability_not_supported', ...(fieldPath === undefined ? {} : { fieldPath }) },
    });
    expect(imports).toBe(2);
  },
);
