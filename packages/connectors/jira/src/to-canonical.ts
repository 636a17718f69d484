import {
  type CanonicalIssue,
  type CanonicalLink,
  canonicalIssue,
  type ExternalRef,
} from '@spec-kitty/tracker-core';
import { readAnswer } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import type { IssueReference, RawIssue, RawLink } from './answers.ts';
import type { Site } from './look-ups.ts';
import { isMarker, KEY_PROPERTY } from './marker.ts';
import { MISSION_FIELD, missionIn } from './mission-field.ts';
import { SYSTEM } from './system.ts';
import { readText, TEXT_PROPERTY } from './texts.ts';
import { fold, levelOf, type Vocabulary } from './vocabulary.ts';

/** What an issue is read with. */
export interface Reading {
  site: Site;
  vocabulary: Vocabulary;
  workspace: string;
  /** Where people see issues. */
  webUrl: string | undefined;
  missionFieldId: string | undefined;
}

/** A ref is the id, which a move leaves as it is; the key changes. */
export function refOf(
  { id, key }: IssueReference,
  { workspace, webUrl }: Pick<Reading, 'workspace' | 'webUrl'>,
): ExternalRef {
  const ref = { system: SYSTEM, workspace, id, key };
  return webUrl === undefined ? ref : { ...ref, url: `${webUrl}/browse/${key}` };
}

/** The words of a relation, seen from an issue that has the other one as outward, and as inward. */
export const RELATIONS = [
  { type: 'blocks', name: 'Blocks', word: 'blocks', side: 'outward' },
  { type: 'blocked_by', name: 'Blocks', word: 'blocks', side: 'inward' },
  { type: 'duplicates', name: 'Duplicate', word: 'duplicates', side: 'outward' },
  { type: 'relates_to', name: 'Relates', word: 'relates to', side: 'outward' },
  { type: 'relates_to', name: 'Relates', word: 'relates to', side: 'inward' },
] as const;
export type Relation = (typeof RELATIONS)[number];

/** Whether a type of link is the one of a relation: by its name, or by its word. */
export function isOf(relation: Relation, { name, outward }: { name: string; outward: string }): boolean {
  return fold(name) === fold(relation.name) || fold(outward) === relation.word;
}

/** The other end of a link, where it is seen as this relation. */
export function targetOf(relation: Relation, link: RawLink): IssueReference | undefined {
  if (!isOf(relation, link.type)) return undefined;
  return relation.side === 'outward' ? link.outwardIssue : link.inwardIssue;
}

/** @throws IssuePayloadContractError where it is no issue in canonical terms. */
export function toCanonical(raw: RawIssue, reading: Reading): CanonicalIssue {
  const { site, vocabulary, missionFieldId } = reading;
  const { fields, properties } = raw;
  const to = (one: IssueReference): ExternalRef => refOf(one, { ...reading, webUrl: undefined });
  const links = fields.issuelinks.flatMap((link): CanonicalLink[] =>
    RELATIONS.flatMap((relation) => {
      const target = targetOf(relation, link);
      return target ? [{ type: relation.type, target: to(target) }] : [];
    }),
  );
  const body = readText(fields.description, properties[TEXT_PROPERTY]);
  const key = keyIn(raw, site);
  const mission = missionFieldId === undefined ? undefined : missionIn(fields[missionFieldId]);
  return canonicalIssue(
    {
      ref: refOf(raw, reading),
      title: fields.summary,
      body: body === '' ? null : body,
      status: vocabulary.statusOf(fields.status),
      issueType: vocabulary.typeOf(fields.issuetype),
      priority: levelOf(fields.priority, site.priorities),
      assignees: fields.assignee ? [fields.assignee.accountId] : [],
      labels: fields.labels.filter((label) => !isMarker(label)),
      parent: fields.parent ? to(fields.parent) : null,
      links,
      customFields: mission === undefined ? {} : { [MISSION_FIELD]: mission },
      createdAt: fields.created,
      updatedAt: fields.updated,
      ...(key === undefined ? {} : { correlationKey: key }),
    },
    SYSTEM,
  );
}

const KeySchema = z.object({ key: z.string().min(1).max(1024) });

/** A key is believed where the issue is ours: elsewhere it is something that anybody may have written. */
function keyIn({ fields: { creator }, properties }: RawIssue, { viewer }: Site): string | undefined {
  if (creator?.accountId !== viewer) return undefined;
  return readAnswer(KeySchema, properties[KEY_PROPERTY])?.key;
}
