import {
  type CanonicalIssue,
  type CanonicalLink,
  canonicalIssue,
  type ExternalRef,
} from '@spec-kitty/tracker-core';
import type { RawIssue, RawLink } from './answers.ts';
import type { Home } from './home.ts';
import { readMarker } from './marker.ts';
import type { Vocabulary } from './vocabulary.ts';

export const SYSTEM = 'gitlab';

export interface Reading {
  home: Home;
  vocabulary: Vocabulary;
  /** Whose token it is, where it is known. */
  viewer: number | undefined;
}

/** A ref is the number in the project: a project that is renamed or moved keeps it, and it is what people say. */
export function refOf(
  {
    iid,
    project_id: project,
    references,
    web_url: url,
  }: Pick<RawIssue, 'iid' | 'project_id'> & Partial<Pick<RawIssue, 'references' | 'web_url'>>,
  home: Home,
): ExternalRef {
  const workspace = home.workspaceOf(project);
  const ref = { system: SYSTEM, workspace, id: String(iid), key: references?.full ?? `${workspace}#${iid}` };
  return url === undefined ? ref : { ...ref, url };
}

const LINK_TYPES: Readonly<Record<string, CanonicalLink['type']>> = {
  relates_to: 'relates_to',
  blocks: 'blocks',
  is_blocked_by: 'blocked_by',
};

/** What a relation of GitLab's is here; undefined for one that is not known. */
export const linkTypeOf = (type: string): CanonicalLink['type'] | undefined =>
  Object.hasOwn(LINK_TYPES, type) ? LINK_TYPES[type] : undefined;

function linksOf({ _links: own }: RawIssue, related: readonly RawLink[], home: Home): CanonicalLink[] {
  const links = related.flatMap((raw): CanonicalLink[] => {
    const type = linkTypeOf(raw.link_type);
    return type === undefined ? [] : [{ type, target: refOf(raw, home) }];
  });
  const original = duplicateOf(own?.closed_as_duplicate_of);
  return original ? [...links, { type: 'duplicates', target: refOf(original, home) }] : links;
}

/** The issue that an address of the API is of. */
function duplicateOf(address: string | null | undefined): { project_id: number; iid: number } | undefined {
  const [, project, iid] = /\/projects\/(\d+)\/issues\/(\d+)$/.exec(address ?? '') ?? [];
  return project === undefined ? undefined : { project_id: Number(project), iid: Number(iid) };
}

/** Whether somebody of this number made the issue. */
export const isOurs = ({ author }: RawIssue, viewer: number | undefined): boolean =>
  viewer !== undefined && author?.id === viewer;

/** @throws IssuePayloadContractError where it is no issue in canonical terms. */
export function toCanonical(
  raw: RawIssue,
  related: readonly RawLink[],
  { home, vocabulary, viewer }: Reading,
): CanonicalIssue {
  const { labels, description } = raw;
  // A marker is believed where the issue is ours: elsewhere it is text that anybody may have written.
  const { text, key } = isOurs(raw, viewer) ? readMarker(description ?? '') : { text: description ?? '' };
  const isDuplicate = raw._links?.closed_as_duplicate_of != null;
  return canonicalIssue(
    {
      ref: refOf(raw, home),
      title: raw.title,
      body: text === '' ? null : text,
      status: vocabulary.statusOf(raw.state === 'closed', isDuplicate, labels),
      issueType: vocabulary.typeOf(raw.issue_type ?? 'issue', labels),
      priority: vocabulary.priorityOf(labels),
      assignees: raw.assignees.flatMap((user) => (user ? [user.username] : [])),
      labels: labels.filter((label) => !vocabulary.isMeaning(label)),
      links: linksOf(raw, related, home),
      createdAt: raw.created_at,
      updatedAt: raw.updated_at,
      ...(key === undefined ? {} : { correlationKey: key }),
    },
    SYSTEM,
  );
}
