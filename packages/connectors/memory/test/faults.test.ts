import { ConnectorRequestError } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { listAll, newIssue, rejection, setup } from './fixtures.ts';

const unavailable = (): Error => new ConnectorRequestError('down', { statusCode: 503 });

describe('scripted faults', () => {
  it('fail calls before their effect, of one operation or of any', async () => {
    const { connector, tracker } = setup();
    connector.faults.failNext(1, unavailable, 'createIssue');
    connector.faults.failNext(2, new Error('any'));
    expect(await rejection(connector.createIssue(newIssue()))).toMatchObject({ statusCode: 503 });
    for (let i = 0; i < 2; i++) {
      expect(await rejection(connector.listIssues({ limit: 1 }))).toMatchObject({ message: 'any' });
    }
    await connector.createIssue(newIssue());
    expect(tracker.exportState().sequence).toBe(1);
    expect([connector.faults.calls('createIssue'), connector.faults.calls()]).toEqual([2, 4]);
  });

  it('lose an answer after its effect', async () => {
    const { connector } = setup();
    connector.faults.loseNextAnswer();
    const lost = await rejection(connector.createIssue(newIssue(), { idempotencyKey: 'k' }));
    expect(lost).toMatchObject({ failureClass: 'transient', statusCode: null, isRetryable: true });
    expect((await connector.createIssue(newIssue(), { idempotencyKey: 'k' })).ref.id).toBe('1');
  });

  it('wait by the injected sleep, and stop when the signal is aborted', async () => {
    const waits: number[] = [];
    const abort = new AbortController();
    const { connector, tracker } = setup({
      sleep: async (ms, signal) => {
        waits.push(ms);
        if (waits.length === 2) abort.abort();
        signal?.throwIfAborted();
      },
    });
    connector.faults.delay(50);
    connector.faults.delay(70, 'createIssue');
    await connector.listIssues({ limit: 1 });
    const call = connector.createIssue(newIssue(), { signal: abort.signal });
    expect(await rejection(call)).toMatchObject({ name: 'AbortError' });
    expect(waits).toEqual([50, 70]);
    expect(tracker.exportState().sequence).toBe(0);
  });

  it('answer stale reads with each issue as it was before its last change', async () => {
    const { connector, tracker } = setup();
    const { ref } = tracker.create({ title: 'before' });
    tracker.create({ title: 'never changed' });
    tracker.edit(ref, { title: 'after' });
    connector.faults.staleReads(1, 'getIssue');
    connector.faults.staleReads(1, 'getIssues');
    expect((await connector.getIssue(ref)).title).toBe('before');
    expect((await connector.getIssues([ref]))[0]?.title).toBe('before');
    connector.faults.staleReads(1);
    const titles = async (): Promise<string[]> =>
      (await connector.listIssues({ limit: 5 })).items.map((issue) => issue.title);
    expect(await titles()).toEqual(['before', 'never changed']);
    expect(await titles()).toEqual(['never changed', 'after']);
    expect((await connector.getIssue(ref)).title).toBe('after');
  });

  it('call hooks at each moment, and forget everything on reset', async () => {
    const { connector, tracker } = setup();
    const { ref } = tracker.create({ title: 'one' });
    const calls: string[] = [];
    const stop = connector.faults.hook(({ operation, phase, ref: about }) => {
      calls.push(`${phase} ${operation} ${about?.id}`);
      if (phase === 'before') tracker.edit(ref, { body: 'a person was quicker' });
    });
    expect((await connector.getIssue(ref)).body).toBe('a person was quicker');
    stop();
    await connector.getIssue(ref);
    expect(calls).toEqual(['before getIssue 1', 'after getIssue 1']);
    connector.faults.failNext(1, unavailable);
    connector.faults.reset();
    await connector.getIssue(ref);
    expect(connector.faults.calls()).toBe(1);
  });
});

describe('a lagging tracker', () => {
  it('shows changes in listings and look-ups only after its lag, and at once by id', async () => {
    const { clock, connector, tracker } = setup({ capabilities: { lagMs: 5000 } });
    const old = tracker.create({ title: 'old' }).ref;
    const deleted = tracker.create({ title: 'deleted' }).ref;
    clock.advance(10_000);
    tracker.edit(old, { title: 'edited' });
    tracker.remove(deleted);
    const made = await connector.createIssue(newIssue({ title: 'made' }), { idempotencyKey: 'k' });
    const listed = async (): Promise<unknown> => {
      const { items, gone } = await listAll(connector);
      return [items.map((issue) => issue.title), gone];
    };
    expect(await listed()).toEqual([['old', 'deleted'], []]);
    expect(await connector.findByIdempotencyKeys(['k'])).toHaveProperty('size', 0);
    expect((await connector.getIssue(old)).title).toBe('edited');
    expect((await connector.getIssue(made.ref)).title).toBe('made');
    clock.advance(5000);
    expect(await listed()).toEqual([['edited', 'made'], [deleted.id]]);
    expect((await connector.findByIdempotencyKeys(['k'])).get('k')?.title).toBe('made');
  });

  it('may lag by reads instead', async () => {
    const { connector, tracker } = setup({ lagReads: 2 });
    tracker.create({ title: 'one' });
    const counts: number[] = [];
    for (let i = 0; i < 4; i++) counts.push((await connector.listIssues({ limit: 5 })).items.length);
    expect(counts).toEqual([0, 0, 1, 1]);
  });
});
