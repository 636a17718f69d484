import type { ExternalRef, IssueFields } from '@spec-kitty/tracker-core';

/** A comment as the tracker keeps it. */
export interface StoredComment {
  id: string;
  /** The account that wrote it. */
  author: string;
  body: string;
  createdAt: string;
  updatedAt: string;
  idempotencyKey?: string;
}

/** One state of one issue. A version is never changed: a change makes the next one. */
export interface Version {
  ref: ExternalRef;
  fields: IssueFields;
  createdAt: string;
  updatedAt: string;
  /** Counts the changes of fields of this issue: what `ifVersion` is compared with. */
  version: number;
  /** Counts the changes of the whole tracker. */
  sequence: number;
  /** The account that created the issue. */
  account: string;
  idempotencyKey?: string;
  /** What the create asked for, so that another request under the same key is told from a repeat. */
  requestDigest?: string;
  comments: StoredComment[];
  /** Why the issue is no longer here. */
  ended?: 'deleted' | 'moved';
  /** Where it is now, when it was moved. */
  movedTo?: ExternalRef;
}

/** A place in the order of listings: by time of the last change, then by the tracker's count of changes. */
export interface Position {
  updatedAt: string;
  sequence: number;
}

/** Whether a reader may see a version yet. */
export type Visible = (version: Version) => boolean;

export function comparePositions(a: Position, b: Position): number {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt < b.updatedAt ? -1 : 1;
  return a.sequence - b.sequence;
}
