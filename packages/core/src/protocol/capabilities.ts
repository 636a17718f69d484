import * as z from 'zod';
import { CORE_ISSUE_FIELDS, type IssueField } from '../model/issue.ts';

/** How well a tracker holds a field: as it is, with losses that its connector documents, or not at all. */
export const FIELD_SUPPORT = ['full', 'lossy', 'none'] as const;
/** One of {@link FIELD_SUPPORT}. */
export type FieldSupport = (typeof FIELD_SUPPORT)[number];

/** Sizes a tracker accepts; lengths in UTF-16 code units. */
export interface TrackerLimits {
  /** Issues a page of a listing may hold. */
  pageSize?: number;
  /** Issues one bulk call may hold. */
  batchSize?: number;
  titleLength?: number;
  bodyLength?: number;
  labelLength?: number;
}

/** What a tracker can do, as data: it gates the engine, skips conformance tests and fills the documentation. */
export interface TrackerCapabilities {
  supportsWebhooks: boolean;
  supportsComments: boolean;
  supportsHierarchy: boolean;
  supportsDependencies: boolean;
  supportsCustomFields: boolean;
  supportsMultiAssignee: boolean;
  supportsSprintsOrCycles: boolean;
  supportsBulkRead: boolean;
  supportsBulkWrite: boolean;
  supportsDelete: boolean;
  supportsAssignment: boolean;
  supportsTerminalTransition: boolean;
  /** Default true; false is read-only. */
  supportsWrite?: boolean;
  /** Honours `ifVersion`. Default false. */
  supportsOptimisticConcurrency?: boolean;
  /** A second `createIssue` under one key returns the first issue. Default false. */
  supportsIdempotentCreate?: boolean;
  /** Has `findByIdempotencyKeys`. Default false. */
  supportsLookupByKey?: boolean;
  /** `createIssue` keeps the id of the given ref. Default false. */
  supportsClientIds?: boolean;
  /** Has `listComments` and `updateComment`. Default false. */
  supportsCommentEdits?: boolean;
  /** Per field; default `full`, or `none` where a flag above says so. */
  fields?: Partial<Record<IssueField, FieldSupport>>;
  /** Fields that no listing tells: what it gives of them means nothing, and reading the issue itself tells them. */
  unlistedFields?: IssueField[];
  /**
   * Fields that `createIssue` sets by a later request of its own. An issue that is found after the answer to its create
   * was lost may not have them yet: what differs then is no edit of a person's.
   */
  fieldsAfterCreate?: IssueField[];
  /** Sets whose elements are the same whatever their case. */
  foldsCase?: ('labels' | 'assignees')[];
  /** The order of listings. Default `none`. */
  ordering?: 'oldest_first' | 'none';
  /** Whether `updatedAt` of an issue may decrease. Default false. */
  timesMayGoBackwards?: boolean;
  /** How long a change may take to show in listings and look-ups, in milliseconds. Default 0. */
  lagMs?: number;
  /** The grain of `updatedAt` and of `updatedSince`, in milliseconds. Default 1. */
  timeGranularityMs?: number;
  limits?: TrackerLimits;
}

const flag = z.boolean();
const size = z.exactOptional(z.int().min(1).max(100_000_000));
const duration = z.exactOptional(z.int().min(0).max(86_400_000));
const optionalFlag = z.exactOptional(z.boolean());
const fieldNames = z.exactOptional(z.array(z.enum(CORE_ISSUE_FIELDS)));

/** Strict: an unknown capability is a mistake, not an extension. */
export const TrackerCapabilitiesSchema: z.ZodType<TrackerCapabilities> = z.strictObject({
  supportsWebhooks: flag,
  supportsComments: flag,
  supportsHierarchy: flag,
  supportsDependencies: flag,
  supportsCustomFields: flag,
  supportsMultiAssignee: flag,
  supportsSprintsOrCycles: flag,
  supportsBulkRead: flag,
  supportsBulkWrite: flag,
  supportsDelete: flag,
  supportsAssignment: flag,
  supportsTerminalTransition: flag,
  supportsWrite: optionalFlag,
  supportsOptimisticConcurrency: optionalFlag,
  supportsIdempotentCreate: optionalFlag,
  supportsLookupByKey: optionalFlag,
  supportsClientIds: optionalFlag,
  supportsCommentEdits: optionalFlag,
  fields: z.exactOptional(z.partialRecord(z.enum(CORE_ISSUE_FIELDS), z.enum(FIELD_SUPPORT))),
  unlistedFields: fieldNames,
  fieldsAfterCreate: fieldNames,
  foldsCase: z.exactOptional(z.array(z.enum(['labels', 'assignees']))),
  ordering: z.exactOptional(z.enum(['oldest_first', 'none'])),
  timesMayGoBackwards: optionalFlag,
  lagMs: duration,
  timeGranularityMs: duration,
  limits: z.exactOptional(
    z.strictObject({
      pageSize: size,
      batchSize: size,
      titleLength: size,
      bodyLength: size,
      labelLength: size,
    }),
  ),
});

const NONE_WITHOUT: Partial<Record<IssueField, keyof TrackerCapabilities>> = {
  parent: 'supportsHierarchy',
  links: 'supportsDependencies',
  customFields: 'supportsCustomFields',
  assignees: 'supportsAssignment',
};

/** How well the tracker holds `field`, defaults applied. */
export function fieldSupport(capabilities: TrackerCapabilities, field: IssueField): FieldSupport {
  const stated = capabilities.fields?.[field];
  if (stated) return stated;
  const needed = NONE_WITHOUT[field];
  return needed && capabilities[needed] === false ? 'none' : 'full';
}
