import type { CanonicalStatus, ExternalRef, IssuePatch } from '@spec-kitty/tracker-core';
import { connectorConformance, type OpenedConnector, type SeedIssue } from '@spec-kitty/tracker-testkit';
import { describe, test } from 'vitest';
import { manifest, TEXT_CAPABILITIES } from '../src/index.ts';
import { type Project, project, refOf, seed } from './fixtures.ts';
import type { Settings, StoredIssue } from './stand-in/state.ts';

/** With `FP_STAND_IN=child`, each call is a child of its own, which takes minutes. */
const asChild = process.env['FP_STAND_IN'] === 'child';

const STATUSES: Partial<Record<CanonicalStatus, string>> = { in_progress: 'in-progress', done: 'done' };
const PRIORITIES = ['critical', 'high', 'medium', 'low', 'low'];

function stored(fields: IssuePatch): Partial<StoredIssue> {
  const { title, body, status, priority, labels } = fields;
  return {
    ...(title === undefined ? {} : { title: title.trim() }),
    ...(body === undefined ? {} : { description: (body ?? '').trim() }),
    ...(status === undefined ? {} : { status: STATUSES[status] ?? 'todo' }),
    ...(priority === undefined
      ? {}
      : { priority: priority === null ? null : (PRIORITIES[priority] ?? null) }),
    ...(labels === undefined ? {} : { properties: labels.length === 0 ? {} : { labels } }),
  };
}

function opened(held: Project, byNumber: boolean): OpenedConnector {
  const refFor = (id: string): ExternalRef => {
    const number = held.read().issues.find((issue) => issue.id === id)?.number;
    return refOf(byNumber ? `FP-${number}` : id);
  };
  return {
    connector: held.connector({}, asChild ? held.children : held.inside),
    seed: async (issues: SeedIssue[]) =>
      issues.map(({ title, ...fields }) => refFor(seed(held, title.trim(), stored(fields)))),
    async edit(ref, patch) {
      held.change((state) => {
        const issue = state.issues.find(({ id, number }) => id === ref.id || `FP-${number}` === ref.id);
        Object.assign(issue ?? {}, stored(patch));
      });
    },
    dispose: async () => held[Symbol.dispose](),
  };
}

const slowly = (name: string, run: () => Promise<void>): void => test(name, run, 600_000);

describe.each([
  ['JSON', manifest, {}],
  ['text', { ...manifest, capabilities: TEXT_CAPABILITIES }, { version: '0.22.1' }],
] as const)('fp that prints %s', (form, tested, settings: Partial<Settings>) => {
  connectorConformance({
    test: slowly,
    plugin: { manifest: tested },
    open: async () => opened(project(settings), form === 'text'),
  });
});
