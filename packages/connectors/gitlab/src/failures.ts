import {
  CapabilityNotSupportedError,
  ConnectorRequestError,
  type ExternalRef,
  type IssueField,
  isTrackerError,
} from '@spec-kitty/tracker-core';
import { notFound } from './not-found.ts';
import { SYSTEM } from './to-canonical.ts';

export const isRequestError = (error: unknown): error is ConnectorRequestError =>
  isTrackerError(error) && error instanceof ConnectorRequestError;

export const saysNotFound = (error: unknown): boolean =>
  isRequestError(error) && error.failureClass === 'not_found';

/** Whether GitLab refused what was asked, so that nothing of it was done. */
export const isRefusal = (error: unknown): error is ConnectorRequestError =>
  isRequestError(error) && ['validation', 'permission', 'non_retryable'].includes(error.failureClass);

/** A failure of a request about one issue: what is not found is the issue, where it is not the project. */
export function failureOf(error: unknown, ref: ExternalRef): unknown {
  return saysNotFound(error) && !saysProject(error) ? notFound(ref) : located(error);
}

/** A project that is not found, with what to look at. */
export function located(error: unknown): unknown {
  if (!saysNotFound(error) || !isRequestError(error)) return error;
  return new ConnectorRequestError(
    `${error.message} Look at "projectId" and "baseUrl", and whether the token may see the project`,
    { provider: SYSTEM, statusCode: error.statusCode, failureClass: 'not_found' },
  );
}

/** Whether it is the whole project that is not found. */
export const saysProject = (error: unknown): boolean =>
  isRequestError(error) && /404 Project Not Found/i.test(error.message);

/** GitLab's names of what it says is wrong. */
const NAMES: readonly (readonly [RegExp, IssueField])[] = [
  [/\btitle\b/i, 'title'],
  [/\bdescription\b/i, 'body'],
  [/\bassignee/i, 'assignees'],
  [/\b(?:issue_type|work_item_type|type)\b/i, 'issueType'],
  [/\bstate/i, 'status'],
  [/\blabels?\b/i, 'labels'],
];

/** What GitLab refused of a write, by the field that it names, else by the first that was written. */
export function refusedField(error: ConnectorRequestError, fields: readonly IssueField[]): IssueField {
  const [, said = error.message] = / answered \d+: (.*)$/s.exec(error.message) ?? [];
  const named = NAMES.find(([pattern, field]) => pattern.test(said) && fields.includes(field))?.[1];
  return named ?? fields[0] ?? 'title';
}

/** @throws CapabilityNotSupportedError for a refusal of what was written, the failure itself for everything else. */
export function throwWritten(error: unknown, fields: readonly IssueField[], ref?: ExternalRef): never {
  if (isRefusal(error) && error.failureClass === 'validation') {
    const field = refusedField(error, fields);
    throw new CapabilityNotSupportedError(`GitLab refused ${field}: ${error.message}`, {
      capability: field,
      fieldPath: field,
    });
  }
  throw ref ? failureOf(error, ref) : located(error);
}

/** Something on the way keeps answers, and gives them to other questions. */
export function otherAnswer(): ConnectorRequestError {
  return new ConnectorRequestError('gitlab: something else was answered than what was asked for', {
    provider: SYSTEM,
    failureClass: 'transient',
  });
}

/** Page after page of what was shown before. */
export function endless(what: 'issues' | 'comments'): ConnectorRequestError {
  return new ConnectorRequestError(`gitlab: the list of ${what} does not end`, {
    provider: SYSTEM,
    failureClass: 'non_retryable',
  });
}
