import { createHmac } from 'node:crypto';
import { canonicalIssue, TrackerEventSchema } from '@spec-kitty/tracker-core';
import { GitHubConnector } from '@spec-kitty/tracker-github';
import { textOf } from '../hostile/exotic.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { expectTyped, expectWords, jsonOf, outcomeOf } from '../properties/outcome.ts';
import { type FuzzTarget, target } from '../target.ts';

const SECRET = 'a secret of some length';
const repository = { nameWithOwner: 'acme/shop' };
const ISSUE = {
  __typename: 'Issue',
  id: 'I_1',
  number: 1,
  repository,
  title: 'One',
  body: 'text\n\n<!-- spec-kitty:key-1 -->',
  state: 'CLOSED',
  stateReason: 'DUPLICATE',
  url: 'https://github.com/acme/shop/issues/1',
  createdAt: '2026-01-05T09:00:00Z',
  updatedAt: '2026-01-06T09:00:00Z',
  viewerDidAuthor: true,
  labels: { nodes: [{ name: 'bug' }, { name: 'priority: low' }, null] },
  assignees: { nodes: [{ login: 'ada' }] },
  issueType: { name: 'Feature' },
  parent: { id: 'I_2', number: 2, repository },
  duplicateOf: { id: 'I_3', number: 3, repository },
  blockedBy: { nodes: [{ id: 'I_4', number: 4, repository }] },
  blocking: { nodes: [] },
};
/** What every query and mutation of the connector reads of it. */
const ANSWER = {
  data: {
    viewer: { login: 'bot' },
    repository: {
      id: 'R_1',
      nameWithOwner: 'acme/shop',
      hasIssuesEnabled: true,
      labels: { nodes: [{ id: 'LA_1', name: 'bug' }], pageInfo: { hasNextPage: false, endCursor: null } },
      issueTypes: { nodes: [{ id: 'IT_1', name: 'Bug', isEnabled: true }] },
      issue: ISSUE,
      issues: { nodes: [ISSUE], pageInfo: { hasNextPage: false, endCursor: 'next' } },
    },
    nodes: [ISSUE],
    node: {
      comments: {
        nodes: [
          { id: 'IC_1', body: 'x', createdAt: 'x', updatedAt: 'x', viewerDidAuthor: true, author: null },
        ],
        pageInfo: { hasNextPage: false, endCursor: null },
      },
    },
    m0: { issue: ISSUE, label: { id: 'LA_2', name: 'new' } },
    u0: { id: 'U_1' },
  },
  errors: [{ type: 'NOT_FOUND', path: ['m1'], message: 'Could not resolve' }],
};
const DELIVERY = {
  action: 'transferred',
  repository: { full_name: 'acme/shop' },
  issue: { node_id: 'I_1', number: 1, html_url: 'https://github.com/x', updated_at: '2026-01-05T09:00:00Z' },
  changes: {
    new_issue: { node_id: 'I_9', number: 9, updated_at: '2026-01-05T09:00:00Z' },
    new_repository: { full_name: 'acme/other' },
  },
};

/** A GitHub that answers this, whatever it is asked. */
function connectorOver(text: string): GitHubConnector {
  const fetch = async (): Promise<Response> =>
    new Response(text, { headers: { 'content-type': 'application/json' } });
  const config = { owner: 'acme', repo: 'shop', token: 'token', webhookSecret: SECRET };
  return new GitHubConnector(config, { fetch, sleep: async () => {} });
}

async function expectAnswers(text: string): Promise<void> {
  const connector = connectorOver(text);
  const ref = { system: 'github', workspace: 'acme/shop', id: 'I_1' };
  const issue = canonicalIssue({ ref, title: 'New', labels: ['new'], assignees: ['ada'], status: 'done' });
  const calls: (() => Promise<unknown>)[] = [
    () => connector.listIssues({ limit: 10 }),
    () => connector.listIssues({ limit: 10, filters: { queryKey: '#1' } }),
    async () => (await connector.getIssues([ref])).map((one) => one ?? null),
    () => connector.createIssue(issue, { idempotencyKey: 'key-1' }),
    () =>
      connector.updateIssue(ref, { title: 'Other', labels: [], status: 'todo', assignees: [], parent: null }),
    () => connector.upsertLink(ref, { type: 'blocks', target: { ...ref, id: 'I_2' } }),
    () => connector.listComments(ref),
    () => connector.addComment(ref, 'x'),
    () => connector.findByIdempotencyKeys(['key-1']),
  ];
  for (const call of calls) {
    const outcome = await outcomeOf(call);
    if (!outcome.ok) expectTyped(outcome.error);
    else if (outcome.value !== undefined && !(outcome.value instanceof Map)) jsonOf(outcome.value);
  }
  const page = await outcomeOf(() => connector.listIssues({ limit: 10 }));
  if (!page.ok) return;
  for (const one of page.value.items)
    if (jsonOf(canonicalIssue(one, 'github')) !== jsonOf(one)) throw new Error('an issue is not canonical');
  for (const { message, location } of page.value.failures ?? []) {
    expectWords('the message of a failure', message);
    expectWords('the place of a failure', location);
  }
}

async function expectEvents(text: string): Promise<void> {
  const body = new TextEncoder().encode(text);
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const headers = {
    'x-github-event': 'issues',
    'x-github-delivery': 'delivery-1',
    'x-hub-signature-256': `sha256=${signature}`,
  };
  const outcome = await outcomeOf(() => connectorOver('{}').parseWebhook({ headers, body }));
  if (!outcome.ok) expectTyped(outcome.error);
  else for (const event of outcome.value) TrackerEventSchema.parse(event);
}

export const githubTargets: readonly FuzzTarget[] = [
  target({
    name: 'github-answers',
    runs: 100,
    input: mutationOf([ANSWER], 'json'),
    check: (recipe) => expectAnswers(textOf(recipe)),
  }),
  target({
    name: 'github-webhook',
    runs: 400,
    input: mutationOf([DELIVERY], 'json'),
    check: (recipe) => expectEvents(textOf(recipe)),
  }),
];
