import { ConnectorRequestError, type IssueField } from '@spec-kitty/tracker-core';
import { expect, test } from 'vitest';
import { refusedWrite } from '../src/failures.ts';

const refusal = (said: string, statusCode = 422): ConnectorRequestError =>
  new ConnectorRequestError(`redmine: POST http://127.0.0.1/issues.json answered ${statusCode}: ${said}`, {
    statusCode,
  });

test.each<[string, IssueField[], IssueField]>([
  ['Assignee is invalid', ['title', 'assignees'], 'assignees'],
  ['Subject cannot be blank; Parent task is invalid', ['status', 'parent'], 'parent'],
  ['An open issue cannot be attached to a closed parent task', ['title', 'parent'], 'parent'],
  // In another language: the one that is refused most easily.
  ['Zugewiesen an ist nicht gültig', ['title', 'assignees', 'status'], 'assignees'],
  ['', ['priority', 'title'], 'priority'],
])('"%s" of %j is a refusal of %s', (said, sent, capability) => {
  expect(refusedWrite(refusal(said), sent)).toMatchObject({ code: 'capability_not_supported', capability });
});

test.each<[string, number, IssueField[]]>([
  ['Project cannot be blank; Tracker cannot be blank; Status cannot be blank', 422, ['issueType', 'status']],
  ['Subject cannot be blank', 422, ['body', 'status']],
  ['Severity cannot be blank', 422, ['title']],
  ['Assignee is invalid', 403, ['assignees']],
])('"%s" with %i of %j is no refusal of a field', (said, status, sent) => {
  const error = refusal(said, status);
  expect(refusedWrite(error, sent)).toBe(error);
});
