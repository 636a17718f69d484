import type { CanonicalStatus, IssuePatch, JsonObject } from '@spec-kitty/tracker-core';
import { connectorConformance, type OpenedConnector } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { DATABASE_CAPABILITIES, manifest } from '../src/index.ts';
import { type Database, kinds } from './support/databases.ts';

const STATUSES: Partial<Record<CanonicalStatus, string>> = { in_progress: 'in_progress', done: 'closed' };

/** A person who uses a connector of their own: what it writes is tested beside. */
function opened(held: Database): OpenedConnector {
  let count = 0;
  return {
    connector: held.connector,
    // Beads keeps it at the other issue.
    values: {
      lossy: {
        links: [{ type: 'blocks', target: { system: 'beads', workspace: 'beads', id: 'sk-seed2' } }],
      },
    },
    async seed(issues) {
      const rows = issues.map(({ title, ...fields }): JsonObject => {
        count += 1;
        const time = '2025-01-01T00:00:00.000Z';
        const id = `sk-seed${count}`;
        const status = STATUSES[fields.status ?? 'todo'] ?? 'open';
        return {
          id,
          title,
          description: fields.body ?? '',
          status,
          issue_type: 'task',
          priority: 2,
          labels: fields.labels ?? [],
          assignee: fields.assignees?.[0] ?? '',
          source_system: id,
          created_at: time,
          updated_at: time,
          ...(status === 'closed' ? { closed_at: time } : {}),
        };
      });
      held.importRows(rows);
      return rows.map(({ id }) => ({ system: 'beads', workspace: 'beads', id: String(id) }));
    },
    async edit(ref, patch: IssuePatch) {
      await held.bind(held.run).updateIssue(ref, patch);
    },
    dispose: async () => held[Symbol.dispose](),
  };
}

// A real bd takes minutes: some 250 databases, and a process for each of thousands of steps.
const whole = process.env['TRACKER_BD_CONFORMANCE'] === '1';
if (!whole && kinds.some(({ isReal }) => isReal))
  process.stderr.write('beads: conformance of a real bd is run with TRACKER_BD_CONFORMANCE=1\n');

describe.each(kinds.filter(({ isReal }) => whole || !isReal))('$name', ({ open }) => {
  connectorConformance({
    test: (name, run) => test(name, run, 600_000),
    plugin: { manifest: { ...manifest, capabilities: DATABASE_CAPABILITIES } },
    open: async () => opened(open()),
  });
});
