import {
  type CanonicalIssue,
  type CanonicalLink,
  canonicalIssue,
  type ExternalRef,
  type LinkType,
  type Priority,
} from '@spec-kitty/tracker-core';
import type { Identity, RawItem } from './answers.ts';
import { isMarker, keyIn } from './marker.ts';
import { markdownOf } from './rich-text.ts';
import { SYSTEM } from './system.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The one above. */
export const PARENT = 'System.LinkTypes.Hierarchy-Reverse';
/** https://learn.microsoft.com/en-us/azure/devops/boards/queries/link-type-reference */
export const RELATIONS: Readonly<Record<Exclude<LinkType, 'parent_of' | 'child_of'>, string>> = {
  blocks: 'System.LinkTypes.Dependency-Forward',
  blocked_by: 'System.LinkTypes.Dependency-Reverse',
  relates_to: 'System.LinkTypes.Related',
  duplicates: 'System.LinkTypes.Duplicate-Reverse',
};

export interface Place {
  workspace: string;
  pageUrl(id: number): string;
}

export const DESCRIPTION = 'System.Description';

/** Whether the description is Markdown already, as a project may have it. */
export const isMarkdown = ({ multilineFieldsFormat }: RawItem): boolean =>
  multilineFieldsFormat?.[DESCRIPTION]?.toLowerCase() === 'markdown';

/** Tags stand in one text. */
export function tagsOf({ fields }: RawItem): string[] {
  return (fields['System.Tags'] ?? '')
    .split(';')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

/** The id of the item that a relation leads to, where it leads to one. */
export function targetOf(url: string): string | undefined {
  return /\/_apis\/wit\/workItems\/(\d{1,10})$/i.exec(url)?.[1];
}

export function refOf(id: number | string, place: Place): ExternalRef {
  const { workspace } = place;
  return { system: SYSTEM, workspace, id: String(id), key: `${workspace}#${id}` };
}

/** The places of a relation among those of an item: by its place it is removed. */
export function placesOf(raw: RawItem, rel: string, target?: string): number[] {
  return (raw.relations ?? []).flatMap((one, index) =>
    one.rel === rel && (target === undefined || targetOf(one.url) === target) ? [index] : [],
  );
}

/** @throws IssuePayloadContractError where it is no issue in canonical terms. */
export function toCanonical(
  raw: RawItem,
  { vocabulary, viewer, place }: { vocabulary: Vocabulary; viewer: string | undefined; place: Place },
): CanonicalIssue {
  const { fields, relations = [] } = raw;
  const tags = tagsOf(raw);
  // A marker is believed where the item is ours: elsewhere it is a tag that anybody may have written.
  const ours = viewer !== undefined && fields['System.CreatedBy'].id === viewer;
  const key = ours ? keyIn(tags) : undefined;
  const description = fields[DESCRIPTION] ?? '';
  const body = isMarkdown(raw) ? description : markdownOf(description);
  const type = fields['System.WorkItemType'];
  const found = relations.flatMap(({ rel, url }) => {
    const id = targetOf(url);
    return id === undefined ? [] : [{ rel, ref: refOf(id, place) }];
  });
  const links = Object.entries(RELATIONS).flatMap(([name, rel]): CanonicalLink[] =>
    found.flatMap((one) => (one.rel === rel ? [{ type: name as LinkType, target: one.ref }] : [])),
  );
  const assigned = fields['System.AssignedTo'];
  return canonicalIssue(
    {
      ref: { ...refOf(raw.id, place), url: place.pageUrl(raw.id) },
      title: fields['System.Title'],
      body: body.trim() === '' ? null : body,
      status: vocabulary.statusOf(type, fields['System.State']),
      issueType: vocabulary.typeOf(type),
      priority: priorityOf(fields['Microsoft.VSTS.Common.Priority']),
      assignees: assigned ? [nameOf(assigned)] : [],
      labels: tags.filter((tag) => !(ours && isMarker(tag))),
      parent: found.find(({ rel }) => rel === PARENT)?.ref ?? null,
      links,
      createdAt: fields['System.CreatedDate'],
      updatedAt: fields['System.ChangedDate'],
      version: String(raw.rev),
      ...(key === undefined ? {} : { correlationKey: key }),
    },
    SYSTEM,
  );
}

/** What Azure DevOps takes for a person; few have no unique name. */
export const nameOf = ({ id, uniqueName, displayName }: Identity): string => uniqueName ?? displayName ?? id;

/** 1 to 4 there are 0 to 3 here. */
function priorityOf(priority: number | undefined): Priority {
  const all = [0, 1, 2, 3] as const;
  return all.find((one) => one + 1 === priority) ?? null;
}
