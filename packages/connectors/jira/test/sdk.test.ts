import type { JiraEmulator } from '@spec-kitty/tooling-emulators';
import { createCloudClient } from 'jira.js/cloud';
import type { Client } from 'jira.js/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { connectorOf, draft, emulatorOf, personAt, refOf } from './fixtures.ts';

interface Sent {
  call: string;
  query: Record<string, string>;
  body: unknown;
}

const API = '/rest/api/3';
const parsed = (text: string): unknown => (text === '' ? undefined : JSON.parse(text));

/** All that the connector can ask for, once. */
async function everything(emulator: JiraEmulator): Promise<Sent[]> {
  const sent: Sent[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname, searchParams } = new URL(request.url);
    const body = parsed(await request.clone().text());
    sent.push({ call: `${request.method} ${pathname}`, query: Object.fromEntries(searchParams), body });
    return emulator.fetch(request);
  };
  const connector = connectorOf({ ...emulator, fetch });
  const other = refOf(personAt(emulator).create({ title: 'other', labels: ['a'] }));
  const options = { idempotencyKey: 'key-1' };
  const fields = { title: 'one', body: '* a', priority: 1 as const, labels: ['x'], status: 'done' as const };
  const { ref } = await connector.createIssue(draft({ ...fields, assignees: [emulator.viewer] }), options);
  const previous = await connector.getIssue(ref);
  await connector.updateIssue(
    ref,
    { title: 'two', labels: ['y'], body: '+ b', issueType: 'bug' },
    { previous },
  );
  await connector.listIssues({ limit: 1, filters: { status: ['todo', 'done'] } });
  await connector.upsertLink(ref, { type: 'blocks', target: other });
  await connector.removeLink(ref, { type: 'blocks', target: other });
  await connector.addComment(ref, '* hello');
  const [comment] = await connector.listComments(ref);
  await connector.updateComment(ref, comment?.id ?? '', 'hello');
  await connector.deleteIssue(ref);
  return sent;
}

const textSchema = z.record(z.string(), z.unknown());

/** The same through jira.js, whose every answer is held against its own schema of it. */
function sdkOver(emulator: JiraEmulator, sent: Sent[]) {
  const client: Client = {
    async sendRequest({ url, method = 'GET', searchParams = {}, body, schema }) {
      const query = Object.entries(searchParams).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as const],
      );
      const text = body === undefined ? '' : JSON.stringify(body);
      sent.push({ call: `${method} ${url}`, query: Object.fromEntries(query), body: parsed(text) });
      const answer = await emulator.fetch(
        `https://acme.atlassian.net${url}?${new URLSearchParams(Object.fromEntries(query))}`,
        {
          method,
          headers: {
            authorization: `Bearer ${emulator.accessToken}`,
            ...(text === '' ? {} : { 'content-type': 'application/json' }),
          },
          ...(text === '' ? {} : { body: text }),
        },
      );
      expect([`${method} ${url}`, answer.ok]).toEqual([`${method} ${url}`, true]);
      return z.parse(schema ?? z.any(), parsed(await answer.text()));
    },
  };
  return createCloudClient(client);
}

/** Which call of the SDK a request is. */
async function repeat(sdk: ReturnType<typeof createCloudClient>, { call, query, body }: Sent): Promise<void> {
  const [method = '', path = ''] = call.replace(API, '').split(' ');
  const parts = path.split('/');
  const [, , issueIdOrKey = '', , id = ''] = parts;
  // As `never`: what it takes of these is compared below.
  const given = { ...query, ...textSchema.parse(body ?? {}) } as never;
  const issue = { ...textSchema.parse(given), issueIdOrKey } as never;
  const shape = `${method} ${path.replaceAll(/\/\d+(?=\/|$)/g, '/#').replace('SHOP', '#')}`;
  const calls: Record<string, () => Promise<unknown>> = {
    'GET /myself': () => sdk.myself.getCurrentUser(),
    'GET /priority/search': () => sdk.issuePriorities.searchPriorities(given),
    'GET /issue/createmeta/#/issuetypes': () =>
      sdk.issues.getCreateIssueMetaIssueTypes({
        ...textSchema.parse(given),
        projectIdOrKey: 'SHOP',
      } as never),
    'GET /project/#/statuses': () => sdk.projects.getAllStatuses({ projectIdOrKey: 'SHOP' }),
    'GET /issueLinkType': () => sdk.issueLinkTypes.getIssueLinkTypes(),
    'POST /search/jql': () => sdk.issueSearch.searchAndReconsileIssuesUsingJqlPost(given),
    'POST /issue/bulk': () => sdk.issues.createIssues(given),
    'POST /issue/bulkfetch': () => sdk.issues.bulkFetchIssues(given),
    'PUT /issue/#': () => sdk.issues.editIssue(issue),
    'DELETE /issue/#': () => sdk.issues.deleteIssue({ issueIdOrKey }),
    'GET /issue/#/transitions': () => sdk.issues.getTransitions({ issueIdOrKey }),
    'POST /issue/#/transitions': () => sdk.issues.doTransition(issue),
    'POST /issueLink': () => sdk.issueLinks.linkIssues(given),
    'DELETE /issueLink/#': () => sdk.issueLinks.deleteIssueLink({ linkId: issueIdOrKey }),
    'GET /issue/#/comment': () => sdk.issueComments.getComments(issue),
    'POST /comment/list': () => sdk.issueComments.getCommentsByIds(given),
    'POST /issue/#/comment': () => sdk.issueComments.addComment(issue),
    'PUT /issue/#/comment/#': () =>
      sdk.issueComments.updateComment({ issueIdOrKey, id, body: textSchema.parse(body) } as never),
  };
  const run = calls[shape];
  expect([shape, run === undefined]).toEqual([shape, false]);
  await run?.();
}

test("every request is one that Jira's SDK would send, and every answer one that it takes", async () => {
  const sent = await everything(emulatorOf());
  const again: Sent[] = [];
  const emulator = emulatorOf();
  personAt(emulator).create({ title: 'other', labels: ['a'] });
  const sdk = sdkOver(emulator, again);
  for (const one of sent) await repeat(sdk, one);
  expect(again).toEqual(sent);
  expect(new Set(sent.map(({ call }) => call.replaceAll(/\d+/g, '#'))).size).toBe(18);
});
