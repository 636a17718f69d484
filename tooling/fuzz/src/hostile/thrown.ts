import {
  CapabilityNotSupportedError,
  ConnectorConfigError,
  ConnectorRequestError,
  FieldsRefusedError,
  IssueNotFoundError,
  SyncConflictError,
} from '@spec-kitty/tracker-core';

const thrower = (): never => {
  throw new Error('reading it throws');
};

const refused = (details: object): Error =>
  new FieldsRefusedError('some fields were refused', details as never);
const request = (details: object): Error => new ConnectorRequestError('the request failed', details as never);

/** What a connector may throw, by name: errors of this project with details that may be anything, and what is no error. */
const THROWN: Record<string, () => unknown> = {
  nothing: () => undefined,
  null: () => null,
  text: () => 'text',
  'an object': () => ({ message: 'x', code: 'y' }),
  'an object without prototype': () => Object.create(null),
  'an error': () => new Error('an error'),
  'an error without words': () => new Error(''),
  'an error of many words': () => new Error('words '.repeat(100_000)),
  'an error with controls': () => new Error('\u001b[2Jcleared\0\u202e'),
  'an error whose words throw': () => Object.defineProperty(new Error('x'), 'message', { get: thrower }),
  'an error whose words are none': () => Object.assign(new Error('x'), { message: { a: 1 } }),
  'an abort': () => new DOMException('aborted', 'AbortError'),
  'a proxy that throws': () =>
    new Proxy(new Error('x'), { get: thrower, has: thrower, getPrototypeOf: thrower }),
  'a list': () => [new Error('x')],
  'a rejected promise': () => Object.assign(Promise.resolve(), { message: 'x' }),
  'not found': () => new IssueNotFoundError('there is no such issue'),
  'a conflict': () => new SyncConflictError('the version moved'),
  'a wrong configuration': () => new ConnectorConfigError('wrong', { fieldPath: 'x'.repeat(100_000) }),
  'a capability': () => new CapabilityNotSupportedError('cannot', { capability: 'title' }),
  'a capability that is none': () =>
    new CapabilityNotSupportedError('cannot', { capability: { a: 1 } as never }),
  'no answer': () => request({}),
  'no authentication': () => request({ statusCode: 401 }),
  'a limit': () => request({ statusCode: 429, retryAfterMs: 10 }),
  'a limit until NaN': () => request({ statusCode: 429, retryAfterMs: Number.NaN }),
  'a limit for ever': () => request({ statusCode: 429, retryAfterMs: Number.POSITIVE_INFINITY }),
  'a limit in the past': () => request({ statusCode: 429, retryAfterMs: -86_400_000 }),
  'a limit in words': () => request({ statusCode: 429, retryAfterMs: 'soon' }),
  'a limit as a big integer': () => request({ statusCode: 429, retryAfterMs: 10n }),
  'a status of a prototype': () => request({ statusCode: 'constructor' }),
  'a status of NaN': () => request({ statusCode: Number.NaN }),
  'a class that is none': () => request({ failureClass: 'banana' }),
  'a class of a prototype': () => request({ failureClass: '__proto__' }),
  'words beyond measure': () => new ConnectorRequestError('words '.repeat(100_000), { statusCode: 422 }),
  'refused fields': () =>
    refused({
      refused: [{ field: 'title', reason: 'too long' }],
      issue: { ref: { system: 'memory', workspace: 'app', id: '1' }, title: 'as it stands' },
    }),
  'refused fields without an issue': () => refused({ refused: [{ field: 'title', reason: 'x' }] }),
  'refused fields that are none': () => refused({ refused: [null, { field: 5 }], issue: {} }),
  'refused fields beyond count': () =>
    refused({
      refused: Array.from({ length: 2000 }, (_, index) => ({ field: `customFields.${index}`, reason: 'x' })),
      issue: { ref: { system: 'memory', workspace: 'app', id: '1' }, title: 'as it stands' },
    }),
};

export const THROWN_NAMES: readonly string[] = Object.keys(THROWN);

export function thrownBy(name: string): unknown {
  return THROWN[name]?.();
}
