import { describe, expect, it } from 'vitest';
import { type InMemoryConfigInput, InMemoryConnector, InMemoryTracker } from '../src/index.ts';
import { listAll, newIssue, setup, testClock } from './fixtures.ts';

describe('the tracker', () => {
  it('is shared by its connectors, each in its workspace', async () => {
    const { clock, connector, tracker } = setup();
    const second = new InMemoryConnector({}, { clock }, tracker);
    const elsewhere = new InMemoryConnector({ workspace: 'elsewhere' }, { clock }, tracker);
    const { ref } = await connector.createIssue(newIssue());
    expect((await second.getIssue(ref)).title).toBe('A title');
    expect(await listAll(elsewhere)).toEqual({ items: [], gone: [] });
  });

  it('goes out and in as plain JSON', async () => {
    const { clock, connector, tracker } = setup();
    const one = tracker.create({ title: 'one', labels: ['x'], customFields: { a: null } });
    const two = tracker.create({ title: 'two', links: [{ type: 'blocks', target: one.ref }] });
    tracker.comment(one.ref, 'hello');
    tracker.remove(two.ref);
    await connector.createIssue(newIssue(), { idempotencyKey: 'k' });
    const text = JSON.stringify(tracker.exportState());
    const copy = new InMemoryTracker({ clock });
    copy.importState(JSON.parse(text));
    expect(copy.exportState()).toEqual(JSON.parse(text));
    const again = new InMemoryConnector({}, { clock }, copy);
    expect(await listAll(again)).toEqual(await listAll(connector));
    expect((await again.findByIdempotencyKeys(['k'])).get('k')?.ref.id).toBe('3');
    expect(copy.create({ title: 'next' }).ref.id).toBe('4');
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    for (const state of [{ format: 2 }, deep, { ...JSON.parse(text), workspaces: deep }])
      expect(() => copy.importState(state)).toThrow(expect.objectContaining({ kind: 'state' }));
  });

  it('shares nothing with whom it exports to', () => {
    const { tracker } = setup();
    const { ref } = tracker.create({ title: 'one', labels: ['x'] });
    tracker.exportState().workspaces.memory?.issues[0]?.fields.labels.push('spoilt');
    expect(tracker.get(ref)?.labels).toEqual(['x']);
    expect([...tracker.issues()].map((issue) => issue.title)).toEqual(['one']);
  });

  it('makes ids by the injected function', () => {
    let next = 0;
    const tracker = new InMemoryTracker({ clock: testClock(), ids: () => `id-${++next}` });
    expect(tracker.create({ title: 'one' }).ref).toMatchObject({ id: 'id-1', key: 'MEMORY-1' });
    expect(tracker.knows({ system: 'memory', workspace: 'memory', id: 'id-1' })).toBe(true);
    expect(tracker.get({ system: 'memory', workspace: 'memory', id: 'id-2' })).toBeUndefined();
  });

  it('pages through 100,000 issues, edits in between, without sorting them each time', async () => {
    const { clock, connector, tracker } = setup();
    const refs = Array.from({ length: 100_000 }, (_, i) => {
      clock.advance(1);
      return tracker.create({ title: `issue ${i}` }).ref;
    });
    const started = performance.now();
    let cursor: string | undefined;
    let listed = 0;
    do {
      const page = await connector.listIssues({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
      listed += page.items.length;
      cursor = page.nextCursor;
      const touched = listed < 100_000 ? refs[listed - 1] : undefined;
      clock.advance(1);
      if (touched) tracker.edit(touched, { body: 'touched' });
    } while (cursor !== undefined);
    expect(listed).toBe(100_099);
    // Generous: a page that sorts 100,000 issues takes some 50 ms, and so the listing more than 5 s for that alone.
    expect(performance.now() - started).toBeLessThan(15_000);
  }, 60_000);
});

describe('the configuration', () => {
  it('has defaults', () => {
    expect(new InMemoryConnector()).toMatchObject({ name: 'memory', workspace: 'memory' });
  });

  it.each<[object, string]>([
    [{ nmae: 'x' }, 'nmae'],
    [{ name: ' ' }, 'name'],
    [{ workspace: 1 }, 'workspace'],
    [{ webhookSecret: 'short' }, 'webhookSecret'],
    [{ name: 'other' }, 'name'],
    [{ file: 'somewhere.json' }, 'file'],
  ])('refuses %j', (config, fieldPath) => {
    const create = (): unknown =>
      new InMemoryConnector(config as InMemoryConfigInput, {}, new InMemoryTracker({ clock: testClock() }));
    expect(create).toThrow(expect.objectContaining({ code: 'connector_config', fieldPath }));
  });
});
