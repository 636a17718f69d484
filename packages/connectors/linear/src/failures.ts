import { ConnectorRequestError, type FailureClass, isTrackerError } from '@spec-kitty/tracker-core';
import { type Answer, jsonOf, type Meaning, readAnswer } from '@spec-kitty/tracker-http';
import { EnvelopeSchema } from './answers.ts';

/** `extensions.type` of an error, as `@linear/sdk` lists them in its `LinearErrorType`. */
const CLASS_OF_TYPE: ReadonlyMap<string, FailureClass> = new Map([
  ['ratelimited', 'rate_limit'],
  ['authentication error', 'authentication'],
  ['forbidden', 'permission'],
  ['feature not accessible', 'permission'],
  ['usage limit exceeded', 'permission'],
  ['invalid input', 'validation'],
  ['user error', 'validation'],
  ['graphql error', 'validation'],
  ['lock timeout', 'transient'],
  ['internal error', 'transient'],
  ['network error', 'transient'],
]);

/** `extensions.code`, where the type says nothing. */
const CLASS_OF_CODE: ReadonlyMap<string, FailureClass> = new Map([
  ['RATELIMITED', 'rate_limit'],
  ['AUTHENTICATION_ERROR', 'authentication'],
  ['FORBIDDEN', 'permission'],
  ['INPUT_ERROR', 'validation'],
  ['GRAPHQL_VALIDATION_FAILED', 'validation'],
  ['INTERNAL_SERVER_ERROR', 'transient'],
]);

/** What the errors of an answer mean; undefined where it has none that can be read. */
export function meaningOfErrors(body: unknown): Meaning | undefined {
  const errors = readAnswer(EnvelopeSchema, body)?.errors ?? [];
  // A limit is the only one that passes by itself: it counts, wherever it stands.
  const first = errors.find(({ extensions }) => extensions?.code === 'RATELIMITED') ?? errors[0];
  if (!first) return undefined;
  const { code = '', type = '', userPresentableMessage } = first.extensions ?? {};
  const failureClass = CLASS_OF_CODE.get(code) ?? CLASS_OF_TYPE.get(type) ?? 'non_retryable';
  const words =
    userPresentableMessage === undefined || userPresentableMessage === first.message
      ? first.message
      : `${first.message}: ${userPresentableMessage}`;
  return { failureClass, message: words };
}

/**
 * HTTP 400 is a limit as well as an input that is wrong: its code tells which. Other statuses say themselves what they
 * mean. What is refused while executing is HTTP 200, and read with the answer.
 */
export function meaningOf(answer: Answer): Meaning | undefined {
  return answer.status === 400 ? meaningOfErrors(jsonOf(answer)) : undefined;
}

/** Whether Linear refused what was asked, so that nothing of it was done by this write itself. */
export function isRefusal(error: unknown): error is ConnectorRequestError {
  return (
    isTrackerError(error) &&
    error instanceof ConnectorRequestError &&
    (error.failureClass === 'validation' ||
      error.failureClass === 'permission' ||
      error.failureClass === 'non_retryable')
  );
}

/** Of an id that was used before. */
export function saysItExists(error: unknown): boolean {
  return isRefusal(error) && /already exists/i.test(error.message);
}

/** That an entity of this kind is not there. */
export function saysNotFound(
  error: unknown,
  entity: 'Issue' | 'Team' | 'IssueRelation' | 'Attachment',
): boolean {
  return isRefusal(error) && new RegExp(`entity not found: ${entity}\\b`, 'i').test(error.message);
}
