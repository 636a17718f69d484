import {
  CapabilityNotSupportedError,
  ConnectorRequestError,
  classifyHttpStatus,
  type ExternalRef,
  type IssueField,
  type SpecKittyTrackerError,
  SyncConflictError,
} from '@spec-kitty/tracker-core';
import { type Answer, type Meaning, readAnswer } from '@spec-kitty/tracker-http';
import { RawErrorSchema } from './answers.ts';
import { notFound } from './not-found.ts';
import { SYSTEM } from './system.ts';

/** A page to sign in stands in for an answer, with 203 or with 200: the token is none. */
export function meaningOf(answer: Answer): Meaning | undefined {
  const isPage = /text\/html/i.test(answer.headers.get('content-type') ?? '');
  if (answer.status === 203 || (answer.status < 400 && isPage))
    return {
      failureClass: 'authentication',
      message:
        'a page to sign in instead of an answer. Look at the token, and whether it is of this organization',
    };
  if (answer.status === 404 && isPage)
    return { failureClass: 'not_found', message: 'nothing is there. Look at "baseUrl" and "organization"' };
  return undefined;
}

/** A query found more than it may answer. */
export const saysTooMany = (error: unknown): boolean =>
  error instanceof ConnectorRequestError && error.message.includes('VS402337');

const FIELDS: Readonly<Record<string, IssueField>> = {
  'System.Title': 'title',
  'System.Description': 'body',
  'System.State': 'status',
  'System.Reason': 'status',
  'System.WorkItemType': 'issueType',
  'System.AssignedTo': 'assignees',
  'System.Tags': 'labels',
  'Microsoft.VSTS.Common.Priority': 'priority',
};

/** The words of a refusal, and what they are about. */
export interface Refused {
  code: number;
  body: unknown;
  /** The item that was written; a create has none. */
  ref?: ExternalRef | undefined;
  /** What was written of it. */
  fields: readonly IssueField[];
  /** The item at the other end of a relation that was written. */
  target?: ExternalRef | undefined;
}

/** What Azure DevOps says against one write, of which nothing was done. */
export function refusalOf({ code, body, ref, fields, target }: Refused): SpecKittyTrackerError {
  const { message = '', customProperties } = readAnswer(RawErrorSchema, body) ?? {};
  const said = message === '' ? `it answered ${code}, and nothing more` : message.slice(0, 300);
  // https://learn.microsoft.com/en-us/rest/api/azure/devops/wit/work-items/update: 412 now, 409 in older versions.
  if (code === 412 || code === 409 || /VS403351|TF26071/.test(message))
    return new SyncConflictError(`azure-devops: ${ref?.key ?? 'the item'} has changed since: ${said}`);
  if (code === 404) {
    const missing = /\b(?:work item|TF401232:\D*) ?(\d+)/i.exec(message)?.[1];
    if (target && missing === target.id) return notFound(target);
    if (ref && (missing === undefined || missing === ref.id)) return notFound(ref);
  }
  const failureClass = classifyHttpStatus(code);
  if (failureClass !== 'validation' && failureClass !== 'not_found')
    return new ConnectorRequestError(`azure-devops: ${said}`, {
      provider: SYSTEM,
      statusCode: code,
    });
  const named = customProperties?.FieldReferenceName ?? '';
  const field =
    (Object.hasOwn(FIELDS, named) ? FIELDS[named] : undefined) ??
    (message.includes('VS402323') ? 'issueType' : aboutLinks(message, fields)) ??
    guess(fields);
  return new CapabilityNotSupportedError(`Azure DevOps refused ${field}: ${said}`, {
    capability: field,
    fieldPath: field,
  });
}

/** What is said of a link, or of another item, is said of the parent: a patch writes no other relation. */
function aboutLinks(message: string, fields: readonly IssueField[]): IssueField | undefined {
  const isOne = /TF2010\d\d|TF401232|link|relation/i.test(message);
  return isOne ? fields.find((field) => field === 'parent' || field === 'links') : undefined;
}

/** Of one field, it is that one; of several, nobody knows: the engine sends each alone then. */
const guess = (fields: readonly IssueField[]): string =>
  fields.length === 1 ? (fields[0] ?? 'fields') : 'fields';
