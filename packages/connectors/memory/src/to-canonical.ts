import {
  type CanonicalIssue,
  type Comment,
  copyJson,
  fieldSupport,
  type IssueField,
  type IssueFields,
} from '@spec-kitty/tracker-core';
import type { SpelledField } from './issue-shelf.ts';
import type { Profile } from './options.ts';
import type { StoredComment, Version } from './versions.ts';

/** What a field reads as where the tracker cannot hold it. */
export const EMPTY_FIELDS: Readonly<Omit<IssueFields, 'title'>> = {
  body: null,
  status: 'todo',
  issueType: 'task',
  priority: null,
  assignees: [],
  labels: [],
  parent: null,
  links: [],
  customFields: {},
};

export const fold = (text: string): string => text.normalize('NFC').toLowerCase();

export function foldsCase(profile: Profile, field: SpelledField): boolean {
  return profile.capabilities.foldsCase?.includes(field) ?? false;
}

/** The first spelling of each element, where the tracker does not tell cases apart. */
function unfolded(profile: Profile, field: SpelledField, values: string[]): string[] {
  if (values.length < 2 || !foldsCase(profile, field)) return values;
  const seen = new Map<string, string>();
  for (const value of values) if (!seen.has(fold(value))) seen.set(fold(value), value);
  return [...seen.values()];
}

/** A time as a tracker with this grain tells it. */
export function grained(profile: Profile, time: string): string {
  const grain = profile.capabilities.timeGranularityMs ?? 1;
  return grain <= 1 ? time : new Date(Math.floor(Date.parse(time) / grain) * grain).toISOString();
}

/** The fields as this client sees them. By reference: copy before they leave. */
export function fieldsSeen(profile: Profile, fields: IssueFields): IssueFields {
  const seen: IssueFields = {
    ...fields,
    status: profile.statuses[fields.status] ?? fields.status,
    assignees: unfolded(profile, 'assignees', fields.assignees),
    labels: unfolded(profile, 'labels', fields.labels),
  };
  const missing = (Object.keys(EMPTY_FIELDS) as (keyof typeof EMPTY_FIELDS)[]).filter(
    (field: IssueField) => fieldSupport(profile.capabilities, field) === 'none',
  );
  for (const field of missing) Object.assign(seen, { [field]: EMPTY_FIELDS[field] });
  return seen;
}

/** One version of an issue as this client sees it. Shares nothing with the tracker. */
export function toCanonical(profile: Profile, version: Version): CanonicalIssue {
  const { capabilities, account } = profile;
  const key = version.account === account ? version.idempotencyKey : undefined;
  return copyJson({
    ref: version.ref,
    ...fieldsSeen(profile, version.fields),
    createdAt: grained(profile, version.createdAt),
    updatedAt: grained(profile, version.updatedAt),
    ...(capabilities.supportsOptimisticConcurrency ? { version: String(version.version) } : {}),
    ...(capabilities.supportsLookupByKey && key !== undefined ? { correlationKey: key } : {}),
  });
}

export function toComment(profile: Profile, comment: StoredComment): Comment {
  const { id, author, body, createdAt, updatedAt } = comment;
  return { id, author, ours: author === profile.account, body, createdAt, updatedAt };
}
