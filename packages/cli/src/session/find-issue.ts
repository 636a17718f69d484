import {
  type CanonicalIssue,
  type ExternalRef,
  parseRefIdentity,
  refIdentity,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';

/**
 * The issue that a person means: by `system:workspace:id`, by its id or key at a tracker, or by the beginning of a
 * draft's id.
 * @throws UsageError where there is none, or more than one.
 */
export async function findIssue(store: SyncStore, name: string): Promise<CanonicalIssue> {
  const exact = await byIdentity(store, name);
  if (exact) return exact;
  const found = new Map<number | string, CanonicalIssue>();
  for (const { system, workspace } of await store.backend.bindings()) {
    const issue = await store.getIssue({ system, workspace, id: name });
    if (issue) found.set(await recordOf(store, issue.ref), issue);
  }
  // A key is no identity and not indexed; this reads the store once.
  if (found.size === 0) {
    for await (const issue of store.iterateIssues()) {
      const { key, id } = issue.ref;
      if (key === name || (name.length >= 10 && id.startsWith('draft:') && id.startsWith(name))) {
        found.set(await recordOf(store, issue.ref), issue);
      }
    }
  }
  const [issue, ...others] = [...found.values()];
  if (!issue) {
    throw new UsageError(`the store has no issue ${name}`, {
      code: 'issue_unknown',
      fieldPath: 'ID',
      hint: 'An issue is named by its id or key at the tracker, or as system:workspace:id. Is it pulled yet?',
    });
  }
  if (others.length === 0) return issue;
  throw new UsageError(`${name} is the name of ${others.length + 1} issues`, {
    code: 'issue_ambiguous',
    fieldPath: 'ID',
    hint: `Name one as: ${[issue, ...others].map(({ ref }) => refIdentity(ref)).join(' or ')}`,
  });
}

async function byIdentity(store: SyncStore, name: string): Promise<CanonicalIssue | undefined> {
  let ref: ExternalRef;
  try {
    ref = parseRefIdentity(name);
  } catch {
    return undefined;
  }
  return store.getIssue(ref);
}

async function recordOf(store: SyncStore, ref: ExternalRef): Promise<number | string> {
  const [first] = await store.refsOf(ref);
  return first ? refIdentity(first) : refIdentity(ref);
}
