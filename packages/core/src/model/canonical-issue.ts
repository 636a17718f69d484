import { IssuePayloadContractError } from '../errors/contract-errors.ts';
import { describeZodError, parseOrThrow, safeParse } from '../errors/from-zod.ts';
import { refIdentity } from './external-ref.ts';
import {
  type CanonicalIssue,
  CanonicalIssueSchema,
  type CanonicalLink,
  CORE_ISSUE_FIELDS,
  type IssuePatch,
  IssuePatchSchema,
} from './issue.ts';

/** What tells two links of one issue apart. */
export const linkKey = (link: CanonicalLink): string => `${link.type} ${refIdentity(link.target)}`;

function unique<T>(items: T[], keyOf: (item: T) => string): T[] {
  if (items.length < 2) return items;
  const seen = new Map<string, T>();
  for (const item of items) if (!seen.has(keyOf(item))) seen.set(keyOf(item), item);
  return seen.size === items.length ? items : [...seen.values()];
}

const itself = (text: string): string => text;

/** Sets hold each element once, and a `child_of` link is the parent it names. */
function settle<T extends IssuePatch>(fields: T): T {
  if (fields.assignees) fields.assignees = unique(fields.assignees, itself);
  if (fields.labels) fields.labels = unique(fields.labels, itself);
  if (fields.links && fields.links.length > 0) {
    const parent = fields.links.find((link) => link.type === 'child_of');
    if (parent) {
      fields.parent ??= parent.target;
      fields.links = fields.links.filter((link) => link.type !== 'child_of');
    }
    fields.links = unique(fields.links, linkKey);
  }
  return fields;
}

/**
 * The issue that `input` describes, with defaults filled in, times in canonical form, sets without repeats,
 * and a `child_of` link folded into `parent`.
 * @throws IssuePayloadContractError with `fieldPath` where `input` is no issue.
 */
export function canonicalIssue(input: unknown, provider = 'host'): CanonicalIssue {
  const failure = (message: string, fieldPath: string): Error =>
    new IssuePayloadContractError(`not a canonical issue: ${message}`, { provider, fieldPath });
  return settle(parseOrThrow(CanonicalIssueSchema, input, failure));
}

/**
 * The patch that `input` describes.
 * @throws IssuePayloadContractError, reason `PK-001` for a key outside the ten core fields, `invalid` otherwise.
 */
export function issuePatch(input: unknown, provider = 'host'): IssuePatch {
  const parsed = safeParse(IssuePatchSchema, input);
  if (parsed.success) return settle({ ...parsed.data });
  const { fieldPath, message } = describeZodError(parsed.error);
  const unknownKey = parsed.error.issues.some((issue) => issue.code === 'unrecognized_keys');
  const known = unknownKey ? ` (a patch may name ${CORE_ISSUE_FIELDS.join(', ')})` : '';
  throw new IssuePayloadContractError(`not a patch of an issue: ${message}${known}`, {
    provider,
    fieldPath,
    reason: unknownKey ? 'PK-001' : 'invalid',
  });
}
