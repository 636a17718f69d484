import { ConnectorRequestError, type TrackerEvent } from '@spec-kitty/tracker-core';
import { InMemoryConnector, signedDelivery } from '@spec-kitty/tracker-memory';
import { describe, expect, it, test } from 'vitest';
import { InboxWriter } from '../src/listen/inbox-writer.ts';
import { createReceiver } from '../src/listen/receiver.ts';

const SECRET = 'a secret of webhooks';
const ref = (id: string, workspace = 'app') => ({ system: 'memory', workspace, id });
const event = (id: string, workspace?: string): TrackerEvent => ({
  eventId: `event-${id}`,
  eventType: 'updated',
  issueRef: ref(id, workspace),
  timestamp: '2026-01-01T00:00:00.000Z',
  payload: {},
});

function receiver(store: (events: TrackerEvent[]) => Promise<void> = async () => {}) {
  const stored: TrackerEvent[] = [];
  const refused: [string, number][] = [];
  const connector = new InMemoryConnector({ workspace: 'app', webhookSecret: SECRET });
  const app = createReceiver({
    bindings: [{ name: 'app', id: 'memory:app', connector }],
    maxBytes: 10_000,
    async store(_binding, events) {
      await store(events);
      stored.push(...events);
    },
    refused: (name, status) => void refused.push([name, status]),
    state: () => ({ stored: stored.length }),
  });
  const post = async (
    path: string,
    { headers, body }: { headers: Record<string, string>; body: Uint8Array },
  ) => app.request(path, { method: 'POST', headers, body: new Uint8Array(body) });
  return { app, post, stored, refused };
}

describe('a delivery', () => {
  it('is stored before it is answered with 202', async () => {
    const order: string[] = [];
    const { post, stored } = receiver(async () => void order.push('stored'));
    const answer = await post('/webhooks/app', await signedDelivery(SECRET, [event('1'), event('2')]));
    order.push('answered');
    expect([answer.status, await answer.json(), order]).toEqual([202, { events: 2 }, ['stored', 'answered']]);
    expect(stored.map(({ issueRef }) => issueRef.id)).toEqual(['1', '2']);
  });

  it('that cannot be stored is answered with 503, and when to come again', async () => {
    const { post, refused } = receiver(async () => {
      throw new Error('disk full');
    });
    const answer = await post('/webhooks/app', await signedDelivery(SECRET, [event('1')]));
    expect([answer.status, answer.headers.get('retry-after'), refused]).toEqual([503, '10', [['app', 503]]]);
    expect(await answer.text()).not.toContain('disk');
  });

  it('of another workspace is taken, and nothing of it is stored', async () => {
    const { post, stored } = receiver();
    const answer = await post('/webhooks/app', await signedDelivery(SECRET, [event('1', 'other')]));
    expect([answer.status, await answer.json(), stored]).toEqual([202, { events: 0 }, []]);
  });

  it.each([
    [
      'without a signature',
      async () => ({ headers: {}, body: new TextEncoder().encode('{"events":[]}') }),
      401,
    ],
    ['of another secret', async () => signedDelivery('another secret', [event('1')]), 401],
    [
      'that is signed and no delivery',
      async () => {
        const made = await signedDelivery(SECRET, []);
        const body = new TextEncoder().encode('{"events":1}');
        const mac = await import('node:crypto');
        const hex = mac.createHmac('sha256', SECRET).update(body).digest('hex');
        return { headers: { ...made.headers, 'x-spec-kitty-signature': `sha256=${hex}` }, body };
      },
      400,
    ],
    ['that is too large', async () => ({ headers: {}, body: new Uint8Array(10_001) }), 413],
  ])('%s is refused, and nothing is stored', async (_name, delivery, status) => {
    const { post, stored } = receiver();
    const answer = await post('/webhooks/app', await delivery());
    expect([answer.status, stored]).toEqual([status, []]);
  });

  it('whose tracker cannot be asked is to be sent again', async () => {
    const connector = new InMemoryConnector({ workspace: 'app', webhookSecret: SECRET });
    connector.parseWebhook = () => Promise.reject(new ConnectorRequestError('no answer'));
    const app = createReceiver({
      bindings: [{ name: 'app', id: 'x', connector }],
      maxBytes: 100,
      store: async () => {},
      refused: () => {},
      state: () => ({}),
    });
    expect((await app.request('/webhooks/app', { method: 'POST', body: '{}' })).status).toBe(503);
  });
});

test.each([
  ['GET', '/health', 200],
  ['POST', '/webhooks/other', 404],
  ['GET', '/webhooks/app', 405],
  ['POST', '/webhooks/', 404],
  ['POST', '/', 404],
  ['POST', '/webhooks/app/../../etc', 404],
  ['POST', '/webhooks/constructor', 404],
])('%s %s answers %i', async (method, path, status) => {
  expect((await receiver().app.request(path, { method })).status).toBe(status);
});

describe('the inbox', () => {
  it('takes what came meanwhile into one commit, and tells each that it is stored', async () => {
    const commits: string[][] = [];
    const inbox = new InboxWriter({
      putEvents: async (_id, events) => void commits.push(events.map(({ issueRef }) => issueRef.id)),
    });
    await Promise.all(['1', '2', '3'].map((id) => inbox.put('a', [event(id)])));
    await inbox.put('a', [event('4')]);
    expect(commits).toEqual([['1', '2', '3'], ['4']]);
  });

  it('tells only those whose commit failed', async () => {
    const inbox = new InboxWriter({
      putEvents: async (id) => {
        if (id === 'bad') throw new Error('no');
      },
    });
    const all = await Promise.allSettled([inbox.put('good', [event('1')]), inbox.put('bad', [event('2')])]);
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await inbox.put('good', [event('3')]);
  });
});
