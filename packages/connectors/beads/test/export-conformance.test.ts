import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CanonicalStatus, ExternalRef } from '@spec-kitty/tracker-core';
import { connectorConformance, type OpenedConnector, type SeedIssue } from '@spec-kitty/tracker-testkit';
import { test } from 'vitest';
import { BeadsConnector, EXPORT_CAPABILITIES, manifest } from '../src/index.ts';

const STATUS: Partial<Record<CanonicalStatus, string>> = { in_progress: 'in_progress', done: 'closed' };

/** An export that a person's `bd` writes anew after every change. */
async function open(): Promise<OpenedConnector> {
  const folder = await mkdtemp(join(tmpdir(), 'testkit-beads-'));
  const exportFile = join(folder, 'issues.jsonl');
  const rows = new Map<string, SeedIssue>();
  let minutes = 0;
  const times = new Map<string, string>();
  const touch = (id: string): void => {
    minutes += 1;
    times.set(id, new Date(Date.UTC(2030, 0, 1, 0, minutes)).toISOString());
  };
  const save = async (): Promise<void> => {
    const lines = [...rows].map(([id, issue]) =>
      JSON.stringify({
        id,
        title: issue.title,
        description: issue.body ?? '',
        status: STATUS[issue.status ?? 'todo'] ?? 'open',
        priority: 2,
        issue_type: 'task',
        labels: issue.labels ?? [],
        ...(issue.assignees?.[0] === undefined ? {} : { assignee: issue.assignees[0] }),
        created_at: '2030-01-01T00:00:00Z',
        updated_at: times.get(id),
      }),
    );
    await writeFile(exportFile, lines.map((line) => `${line}\n`).join(''));
  };
  await save();
  const change = async (ref: ExternalRef, next: (issue: SeedIssue) => SeedIssue): Promise<void> => {
    const issue = rows.get(ref.id);
    if (issue) rows.set(ref.id, next(issue));
    touch(ref.id);
    await save();
  };
  return {
    connector: new BeadsConnector({ exportFile }),
    async seed(issues) {
      const refs = issues.map((issue) => {
        const id = `bd-${rows.size + 1}`;
        rows.set(id, issue);
        touch(id);
        return { system: 'beads', workspace: 'beads', id };
      });
      await save();
      return refs;
    },
    edit: (ref, patch) => change(ref, (issue) => ({ ...issue, ...patch })),
    async remove(ref) {
      rows.delete(ref.id);
      await save();
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

connectorConformance({
  test,
  plugin: { manifest: { ...manifest, capabilities: EXPORT_CAPABILITIES } },
  open,
});
