import { type CanonicalIssue, canonicalIssue, type IssuePatch } from '@spec-kitty/tracker-core';
import { InMemoryConnector } from '@spec-kitty/tracker-memory';
import type { Workbench } from './test-io.ts';

/** The tracker of the binding `app`, as a person there uses it. */
export function trackerOf(bench: Workbench): InMemoryConnector {
  return new InMemoryConnector({ file: bench.path('tracker.json'), workspace: 'app' }, {}, undefined, {
    account: 'person',
  });
}

export async function createAtTracker(
  bench: Workbench,
  title: string,
  patch: IssuePatch = {},
): Promise<CanonicalIssue> {
  const ref = { system: 'memory', workspace: 'app', id: title };
  return trackerOf(bench).createIssue(canonicalIssue({ ...patch, title, ref }));
}
