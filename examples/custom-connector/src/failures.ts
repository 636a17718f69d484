import {
  CapabilityNotSupportedError,
  ConnectorRequestError,
  type ExternalRef,
  type IssueField,
  IssueNotFoundError,
  isTrackerError,
} from '@spec-kitty/tracker-core';

export function refuse(field: IssueField, message: string): never {
  throw new CapabilityNotSupportedError(message, { capability: field, fieldPath: field });
}

export const notFound = (ref: ExternalRef): IssueNotFoundError =>
  new IssueNotFoundError(`Redmine has no issue ${JSON.stringify(ref.key ?? ref.id)}`);

export const statusOf = (error: unknown): number | null =>
  isTrackerError(error) && error instanceof ConnectorRequestError ? error.statusCode : null;

/** Whether there is no such thing: what an account may not see is answered with 403, not with 404. */
export const saysNotFound = (error: unknown): boolean => statusOf(error) === 404;

/** How Redmine's own words name a field, for an account whose language is English. */
const WORDS: readonly (readonly [RegExp, IssueField])[] = [
  [/^subject\b/i, 'title'],
  [/^description\b/i, 'body'],
  [/^assignee\b/i, 'assignees'],
  [/\bparent\b/i, 'parent'],
  [/^priority\b/i, 'priority'],
  [/^tracker\b/i, 'issueType'],
  [/^status\b/i, 'status'],
];

/**
 * A write that was refused as a whole, by the field that Redmine names. Where it names none of those that were sent, it
 * is the one that a server refuses most easily: whoever sends the rest again finds out.
 */
export function refusedWrite(error: unknown, sent: readonly IssueField[]): unknown {
  if (statusOf(error) !== 422 || !(error instanceof Error)) return error;
  const [, said = ''] = / answered 422: (.*)$/s.exec(error.message) ?? [];
  // A closed project, or one in which this account may add nothing: no field is at fault.
  if (/^project\b/i.test(said)) return error;
  const named = said.split('; ').flatMap((part) => WORDS.find(([pattern]) => pattern.test(part))?.[1] ?? []);
  const risky = (['parent', 'assignees', 'status', 'issueType', 'priority'] as const).filter((field) =>
    sent.includes(field),
  );
  const field = named.find((one) => sent.includes(one)) ?? (named.length > 0 ? undefined : risky[0]);
  if (field === undefined) return error;
  return new CapabilityNotSupportedError(`Redmine refused ${field}: ${said}`, {
    capability: field,
    fieldPath: field,
    cause: error,
  });
}

/** A failure with what to look at. */
export function located(error: unknown): unknown {
  if (!isTrackerError(error) || !(error instanceof ConnectorRequestError)) return error;
  const advice =
    error.statusCode === 401
      ? 'Look at "apiKey", and whether the REST service is enabled in the administration'
      : error.statusCode === 404
        ? 'Look at "project" and "baseUrl"'
        : undefined;
  if (advice === undefined) return error;
  const { statusCode, failureClass, provider } = error;
  return new ConnectorRequestError(`${error.message}. ${advice}`, {
    statusCode,
    failureClass,
    ...(provider === null ? {} : { provider }),
    cause: error,
  });
}
