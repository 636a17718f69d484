import {
  type CanonicalIssue,
  type CanonicalLink,
  canonicalIssue,
  type ExternalRef,
} from '@spec-kitty/tracker-core';
import type { IssueReference, RawIssue } from './answers.ts';
import type { Home } from './home.ts';
import { readMarker } from './marker.ts';
import type { Vocabulary } from './vocabulary.ts';

export const SYSTEM = 'github';

/** A ref is the node id, which stays; the number in its key is what people say. */
export function refOf({ id, number, repository }: IssueReference, home: Home, url?: string): ExternalRef {
  const workspace = home.workspaceOf(repository.nameWithOwner);
  const ref = { system: SYSTEM, workspace, id, key: `${workspace}#${number}` };
  return url === undefined ? ref : { ...ref, url };
}

export function labelsOf({ labels }: RawIssue): string[] {
  return (labels?.nodes ?? []).flatMap((label) => (label ? [label.name] : []));
}

/** A relation that the token may not see has no node. */
function linksOf({ blockedBy, blocking, duplicateOf }: RawIssue, home: Home): CanonicalLink[] {
  const to = (type: CanonicalLink['type'], found: readonly (IssueReference | null)[]): CanonicalLink[] =>
    found.flatMap((target) => (target ? [{ type, target: refOf(target, home) }] : []));
  return [
    ...to('blocked_by', blockedBy.nodes),
    ...to('blocks', blocking.nodes),
    ...to('duplicates', [duplicateOf]),
  ];
}

/** @throws IssuePayloadContractError where it is no issue in canonical terms. */
export function toCanonical(raw: RawIssue, vocabulary: Vocabulary, home: Home): CanonicalIssue {
  const labels = labelsOf(raw);
  // A marker is believed where the issue is ours: elsewhere it is text that anybody may have written.
  const { text, key } = raw.viewerDidAuthor ? readMarker(raw.body) : { text: raw.body };
  return canonicalIssue(
    {
      ref: refOf(raw, home, raw.url),
      title: raw.title,
      body: text === '' ? null : text,
      status: vocabulary.statusOf(raw.state, raw.stateReason, labels),
      issueType: vocabulary.typeOf(raw.issueType?.name, labels),
      priority: vocabulary.priorityOf(labels),
      assignees: raw.assignees.nodes.flatMap((user) => (user ? [user.login] : [])),
      labels: labels.filter((label) => !vocabulary.isMeaning(label)),
      parent: raw.parent && refOf(raw.parent, home),
      links: linksOf(raw, home),
      createdAt: raw.createdAt,
      updatedAt: raw.updatedAt,
      ...(key === undefined ? {} : { correlationKey: key }),
    },
    SYSTEM,
  );
}
