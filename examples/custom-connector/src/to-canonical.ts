import {
  type CanonicalIssue,
  type CanonicalLink,
  canonicalIssue,
  type ExternalRef,
  type LinkType,
} from '@spec-kitty/tracker-core';
import type { RawIssue, RawRelation } from './answers.ts';
import type { Vocabulary } from './vocabulary.ts';

export const SYSTEM = 'redmine';

/** What an issue is read with. */
export interface Reading {
  workspace: string;
  /** Where people see the server. */
  root: string;
  vocabulary: Vocabulary;
  keyFieldId: number | undefined;
}

/**
 * @param viewer the account that reads: a key is believed where the issue is its own.
 * @throws IssuePayloadContractError where it is no issue in canonical terms: a blank title, a time that is none.
 */
export function toCanonical(raw: RawIssue, reading: Reading, viewer: number): CanonicalIssue {
  const { vocabulary } = reading;
  const key = raw.author?.id === viewer ? keyIn(raw, reading.keyFieldId) : undefined;
  return canonicalIssue(
    {
      ref: refOf(raw.id, reading),
      title: raw.subject,
      body: bodyOf(raw.description),
      status: vocabulary.statusOf(raw.status),
      issueType: vocabulary.typeOf(raw.tracker),
      priority: vocabulary.priorityOf(raw.priority),
      assignees: raw.assigned_to ? [String(raw.assigned_to.id)] : [],
      parent: raw.parent ? refOf(raw.parent.id, reading) : null,
      links: (raw.relations ?? [])
        .toSorted((a, b) => a.id - b.id)
        .flatMap((relation) => linkOf(relation, raw.id, reading) ?? []),
      createdAt: raw.created_on,
      updatedAt: raw.updated_on,
      ...(key === undefined ? {} : { correlationKey: key }),
    },
    SYSTEM,
  );
}

export function refOf(id: number, { workspace, root }: Pick<Reading, 'workspace' | 'root'>): ExternalRef {
  return { system: SYSTEM, workspace, id: String(id), key: `#${id}`, url: `${root}/issues/${id}` };
}

/** Redmine ends each line of a description in its own way. */
function bodyOf(description: string | null | undefined): string | null {
  const text = (description ?? '').replaceAll('\r\n', '\n');
  return text === '' ? null : text;
}

export const hasField = ({ custom_fields = [] }: RawIssue, id: number): boolean =>
  custom_fields.some((field) => field.id === id);

/** The key that the create of this issue was marked with. */
export function keyIn({ custom_fields = [] }: RawIssue, id: number | undefined): string | undefined {
  const value = custom_fields.find((field) => field.id === id)?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What a relation is called at its first end and at its second. That something is a duplicate is told by that alone. */
const WORDS: Readonly<Record<string, readonly [LinkType, LinkType | undefined]>> = {
  relates: ['relates_to', 'relates_to'],
  blocks: ['blocks', 'blocked_by'],
  duplicates: ['duplicates', undefined],
};

export function linkOf(
  { issue_id: from, issue_to_id: to, relation_type: word }: RawRelation,
  seenFrom: number,
  reading: Pick<Reading, 'workspace' | 'root'>,
): CanonicalLink | undefined {
  const words = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  const type = words?.[from === seenFrom ? 0 : 1];
  return type && { type, target: refOf(from === seenFrom ? to : from, reading) };
}
