import {
  type Clock,
  type ConnectorContext,
  InMemoryIssueStore,
  OwnershipPolicy,
  SyncEngine,
  type SyncResult,
} from '@spec-kitty/tracker-core';
import { GitLabConnector } from '@spec-kitty/tracker-gitlab';
import { createTrackerFetch, verifyHmac } from '@spec-kitty/tracker-http';
import { InMemoryConnector } from '@spec-kitty/tracker-memory';

/*
 * What is promised to run in any JavaScript runtime with `fetch` and WebCrypto: core, and connectors of the web over an
 * injected fetch. Time, ids, waiting and chance are injected too, so that every runtime has to come to the same text.
 */

const PLACE = { system: 'memory', workspace: 'shop' };

/** A second passes at every look. */
function steppingClock(): Clock {
  let at = Date.UTC(2026, 0, 1);
  return {
    now() {
      at += 1000;
      return new Date(at).toISOString();
    },
  };
}

function countingIds(): () => string {
  let last = 0;
  return () => {
    last += 1;
    return `id-${last}`;
  };
}

/** Both sides create, edit and contradict each other; a person settles it. */
async function twoWaySync(): Promise<unknown> {
  const clock = steppingClock();
  const ids = countingIds();
  const store = new InMemoryIssueStore({ clock, ids });
  const connector = new InMemoryConnector({ name: 'memory', workspace: 'shop' }, { clock });
  const policy = OwnershipPolicy.split({ fieldOwners: { status: 'external' } });
  const sleep = async (): Promise<void> => {};
  const engine = new SyncEngine({ connector, store, policy, strategy: 'manual_review', clock, ids, sleep });
  const results: SyncResult[] = [];
  const sync = async (): Promise<void> => {
    results.push(await engine.sync());
  };

  for (const title of ['Show delivery dates', 'Grüße, 世界 👋🏽', 'Three'])
    await store.createDraft(PLACE, { title, labels: ['b', 'a'], customFields: { points: 3 } });
  await sync();
  const [first, second] = await store.listIssues();
  if (!first || !second) throw new Error('the drafts are not there');
  await store.editIssue(first.ref, { title: 'Here', priority: 1, labels: ['a', 'c'] });
  await connector.updateIssue(first.ref, { title: 'There', body: 'Text', labels: ['b', 'a', 'd'] });
  await connector.transitionIssue(second.ref, 'done');
  await sync();
  const [conflict] = await store.listConflicts();
  if (!conflict) throw new Error('nothing contradicted');
  await store.resolveConflict(conflict.id, { value: 'Both' });
  const plan = await engine.plan();
  await sync();
  await sync();
  const there = await connector.listIssues({ limit: 10 });
  return { results, plan, here: await store.listIssues(), there, conflicts: await store.listConflicts() };
}

const ISSUE = {
  iid: 7,
  project_id: 42,
  title: 'Show delivery dates',
  description: 'As **text**',
  state: 'opened',
  labels: ['shop'],
  assignees: [{ id: 1, username: 'jo' }],
  author: { id: 2, username: 'kim' },
  web_url: 'https://gitlab.com/acme/shop/-/issues/7',
  created_at: '2025-12-01T10:00:00.000Z',
  updated_at: '2025-12-02T10:00:00.000Z',
  references: { full: 'acme/shop#7' },
};

/** The first pull over HTTP meets a server that is not ready yet. */
async function pullOverHttp(): Promise<unknown> {
  const clock = steppingClock();
  const requests: string[] = [];
  const fetch: ConnectorContext['fetch'] = async (input, init) => {
    const request = new Request(input, init);
    requests.push(`${request.method} ${request.url}`);
    if (requests.length === 1) return new Response('', { status: 503 });
    const items = new URL(request.url).pathname.endsWith('/issues') ? [ISSUE] : [];
    return Response.json(items, { headers: { 'x-next-page': '' } });
  };
  const sleep = async (): Promise<void> => {};
  const connector = new GitLabConnector({ projectId: 42, token: 'a-token' }, { fetch, clock, sleep });
  const store = new InMemoryIssueStore({ clock, ids: countingIds() });
  const policy = OwnershipPolicy.externalAuthoritative();
  const engine = new SyncEngine({ connector, store, policy, clock, ids: countingIds(), sleep });
  return { result: await engine.pull(), here: await store.listIssues(), requests };
}

/** The transport alone: what it says of a refusal, and what it makes of signatures. */
async function transport(): Promise<unknown> {
  // Not every runtime says by itself what a text is.
  const headers = { 'content-type': 'text/plain;charset=UTF-8' };
  const fetch = createTrackerFetch({
    provider: 'sample',
    secrets: ['a-token'],
    fetch: async () => new Response('no a-token here', { status: 403, headers }),
  });
  const refusal = await fetch('https://tracker.example/issues').catch(String);
  const content = new TextEncoder().encode('The quick brown fox jumps over the lazy dog');
  const signature = 'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8';
  const given = { secret: 'key', content, encoding: 'hex' } as const;
  const signed = await verifyHmac({ ...given, signature });
  const forged = await verifyHmac({ ...given, signature: signature.replace('f', 'e') });
  return { refusal: String(refusal), signed, forged };
}

/** One text for all that happened. */
export async function webScenario(): Promise<string> {
  return JSON.stringify(
    { sync: await twoWaySync(), pull: await pullOverHttp(), transport: await transport() },
    null,
    1,
  );
}
