import type { TrackerEvent } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { SIGNATURE_HEADER, signedDelivery } from '../src/index.ts';
import { rejection, setup } from './fixtures.ts';

const secret = 'a secret of tests';

describe('webhooks', () => {
  it('tell each change as an event', () => {
    const { tracker } = setup();
    const events: string[] = [];
    const stop = tracker.onEvent((event) => events.push(`${event.eventType} ${event.issueRef.id}`));
    const { ref } = tracker.create({ title: 'one' });
    tracker.edit(ref, { title: 'two' });
    tracker.edit(ref, { status: 'done' });
    tracker.comment(ref, 'hello');
    tracker.link(ref, { type: 'blocks', target: { ...ref, id: '9' } });
    tracker.move(ref, { id: '7' });
    tracker.remove({ ...ref, id: '7' });
    stop();
    tracker.create({ title: 'unheard' });
    expect(events).toEqual([
      'created 1',
      'updated 1',
      'transitioned 1',
      'comment_added 1',
      'link_upserted 1',
      'moved 7',
      'deleted 7',
    ]);
  });

  it('are read when they are signed, those of this workspace', async () => {
    const { connector, tracker } = setup({}, { webhookSecret: secret });
    expect((await connector.getCapabilities()).supportsWebhooks).toBe(true);
    const events: TrackerEvent[] = [];
    tracker.onEvent((event) => events.push(event));
    tracker.create({ title: 'one' });
    tracker.create({ title: 'two' }, { workspace: 'elsewhere' });
    const delivery = await signedDelivery(secret, events);
    expect(await connector.parseWebhook(delivery)).toEqual(events.slice(0, 1));
    const headers = { 'X-Spec-Kitty-Signature': delivery.headers[SIGNATURE_HEADER] ?? '' };
    expect(await connector.parseWebhook({ ...delivery, headers })).toHaveLength(1);
  });

  it('are refused without a signature of ours', async () => {
    const { connector } = setup({}, { webhookSecret: secret });
    const good = await signedDelivery(secret, []);
    const foreign = await signedDelivery('another secret', []);
    const changed = new Uint8Array([...good.body, 32]);
    for (const request of [foreign, { ...good, headers: {} }, { ...good, body: changed }]) {
      expect(await rejection(connector.parseWebhook(request))).toMatchObject({
        failureClass: 'authentication',
      });
    }
  });

  it('are refused when a signed body is no delivery', async () => {
    const { connector } = setup({}, { webhookSecret: secret });
    const broken = Object.assign([], { toJSON: () => [{ eventType: 'none' }] });
    const call = connector.parseWebhook(await signedDelivery(secret, broken));
    expect(await rejection(call)).toMatchObject({ code: 'tracker_contract', kind: 'webhook' });
  });
});
