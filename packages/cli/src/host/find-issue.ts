import {
  type CanonicalIssue,
  type ExternalRef,
  parseRefIdentity,
  placeKey,
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
  const rows = await store.backend.bindings();
  const places = [
    ...new Map(
      rows.map(({ system, workspace }) => [placeKey({ system, workspace }), { system, workspace }]),
    ).values(),
  ];
  const found = new Map<string, CanonicalIssue>();
  for (const place of places) {
    const issue = await store.getIssue({ ...place, id: name });
    if (issue) found.set(await recordOf(store, issue.ref), issue);
  }
  if (found.size === 0) {
    for await (const issue of namedIssues(store, name)) found.set(await recordOf(store, issue.ref), issue);
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

const PAGE = 200;

/** Keys and beginnings are no identities and not indexed, nor are the ids of a place without a run: this reads the store. */
async function* namedIssues(store: SyncStore, name: string): AsyncGenerator<CanonicalIssue> {
  for (let after = 0; ; ) {
    const records = await store.backend.query({}, { after, limit: PAGE });
    for (const { agreements } of records) {
      const ref = agreements.find((agreement) => isNamed(agreement.ref, name))?.ref;
      const issue = ref && (await store.getIssue(ref));
      if (issue) yield issue;
    }
    const last = records.at(-1);
    if (!last || records.length < PAGE) return;
    after = last.id;
  }
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

const MIN_DRAFT = 'draft:'.length + 4;

function isNamed({ key, id }: ExternalRef, name: string): boolean {
  return (
    id === name ||
    key === name ||
    (name.length >= MIN_DRAFT && id.startsWith('draft:') && id.startsWith(name))
  );
}

/** The same for every ref of one record. */
async function recordOf(store: SyncStore, ref: ExternalRef): Promise<string> {
  const [first] = await store.refsOf(ref);
  return first ? refIdentity(first) : refIdentity(ref);
}

/** The same, also where the issue was deleted. @throws UsageError */
export async function findKnownIssue(store: SyncStore, name: string): Promise<CanonicalIssue> {
  try {
    return await findIssue(store, name);
  } catch (error) {
    if (!(error instanceof UsageError) || error.code !== 'issue_unknown') throw error;
    for await (const issue of store.iterateIssues({ deleted: true })) {
      const { ref } = issue;
      if (isNamed(ref, name) || refIdentity(ref) === name) return issue;
    }
    throw error;
  }
}
