import { type CanonicalIssue, canonicalIssue } from '@spec-kitty/tracker-core';
import { describe, expect, test } from 'vitest';
import { kinds } from './support/databases.ts';

const slow = 120_000;

function issueOf(id: string, fields: Partial<CanonicalIssue> = {}): CanonicalIssue {
  return canonicalIssue({
    ref: { system: 'beads', workspace: 'beads', id },
    title: id,
    priority: 2,
    ...fields,
  });
}

const wanted = (count: number): { issue: CanonicalIssue; options: { idempotencyKey: string } }[] =>
  Array.from({ length: count }, (_, index) => ({
    issue: issueOf(`new-${index}`),
    options: { idempotencyKey: `key-${index}` },
  }));

describe.each(kinds)('$name', ({ open }) => {
  test('a thousand creates and a thousand different updates take a handful of processes', {
    timeout: slow,
  }, async () => {
    using held = open();
    const created = await held.connector.createIssues(wanted(1000));
    expect(created.filter(({ ok }) => !ok)).toEqual([]);
    expect(held.runs.length).toBeLessThanOrEqual(5);
    held.runs.length = 0;
    const updates = created.flatMap((one, index) =>
      one.ok
        ? [{ ref: one.issue.ref, patch: { title: `-t ${index}`, labels: [`-l${index}`] }, options: {} }]
        : [],
    );
    const updated = await held.connector.updateIssues(updates);
    expect(held.runs).toEqual(['export', 'import', 'export']);
    expect(updated.map((one) => one.ok && one.issue.title)).toEqual(updates.map(({ patch }) => patch.title));
    expect(updated.map((one) => one.ok && one.issue.labels)).toEqual(
      updates.map(({ patch }) => patch.labels),
    );
  });

  test('edges are taken away together where bd has a batch, and one by one where it has none', {
    timeout: slow,
  }, async () => {
    using held = open();
    const refs = (await held.connector.createIssues(wanted(4))).flatMap((one) =>
      one.ok ? [one.issue.ref] : [],
    );
    const [target, ...sources] = refs;
    if (!target) throw new Error('not created');
    const linked = sources.map((ref) => ({
      ref,
      patch: { links: [{ type: 'relates_to' as const, target }] },
      options: {},
    }));
    await held.connector.updateIssues(linked);
    held.runs.length = 0;
    const cleared = await held.connector.updateIssues(
      linked.map((one) => ({ ...one, patch: { links: [] } })),
    );
    expect(cleared.map((one) => one.ok && one.issue.links)).toEqual([[], [], []]);
    const batched = !/"version": *"0/.test(held.bd(['version', '--json']));
    expect(held.runs.filter((run) => run === 'dep' || run === 'batch')).toEqual(
      batched ? ['batch'] : ['dep', 'dep', 'dep'],
    );
  });

  test('a create that is tried again under its key finds the first issue', { timeout: slow }, async () => {
    using held = open();
    const [first] = await held.connector.createIssues(wanted(1));
    const [again] = await held.connector.createIssues(wanted(1));
    expect(again).toEqual(first);
    expect((await held.connector.listIssues({ limit: 10 })).items).toHaveLength(1);
  });

  test('an issue that is too long for a line of an import fails alone, and says so', {
    timeout: slow,
  }, async () => {
    using held = open();
    const [long, short] = wanted(2);
    if (!long || !short) throw new Error('two are wanted');
    // Each takes six bytes in JSON.
    const body = '\u0001'.repeat(20_000);
    const created = await held.connector.createIssues([{ ...long, issue: { ...long.issue, body } }, short]);
    const takesLines = !/"version": *"0/.test(held.bd(['version', '--json']));
    expect(created.map(({ ok }) => ok)).toEqual([takesLines, true]);
    const [first] = created;
    if (first && !first.ok) expect(first.error).toMatchObject({ capability: 'body' });
  });

  test('fields, labels and edges are set and taken away again', { timeout: slow }, async () => {
    using held = open();
    const [a, b] = (await held.connector.createIssues(wanted(2))).flatMap((one) =>
      one.ok ? [one.issue] : [],
    );
    if (!a || !b) throw new Error('not created');
    const target = { system: 'beads', workspace: 'beads', id: b.ref.id };
    const full = {
      title: '-v "quoted"\n\u{1F600} \u202Ertl',
      body: '--body',
      status: 'done',
      issueType: 'bug',
      priority: 0,
      assignees: ['-me'],
      labels: ['-x', 'y,z'],
      links: [{ type: 'relates_to', target }],
    } as const;
    const patch = {
      ...full,
      assignees: [...full.assignees],
      labels: [...full.labels],
      links: [...full.links],
    };
    const written = await held.connector.updateIssue(a.ref, patch);
    expect(written).toMatchObject({ ...patch, labels: expect.arrayContaining(['-x', 'y,z']) });
    const blank = {
      body: null,
      status: 'todo' as const,
      assignees: [],
      labels: ['y,z'],
      links: [],
      parent: target,
    };
    expect(await held.connector.updateIssue(a.ref, blank)).toMatchObject(blank);
  });

  test('an exact status without a canonical name survives an edit of another field', {
    timeout: slow,
  }, async () => {
    using held = open();
    const [a] = (await held.connector.createIssues(wanted(1))).flatMap((one) => (one.ok ? [one.issue] : []));
    if (!a) throw new Error('not created');
    held.bd(['update', a.ref.id, '--status=deferred']);
    const edited = await held.connector.updateIssue(a.ref, { status: 'todo', title: 'other' });
    expect(edited.customFields['beads.status']).toBe('deferred');
  });

  test('what the host owns is refused', { timeout: slow }, async () => {
    using held = open({ hostOwns: ['assignees', 'terminal_status'] });
    const [a] = (await held.connector.createIssues(wanted(1))).flatMap((one) => (one.ok ? [one.issue] : []));
    if (!a) throw new Error('not created');
    for (const patch of [{ status: 'done' as const }, { assignees: ['me'] }])
      await expect(held.connector.updateIssue(a.ref, patch)).rejects.toMatchObject({
        code: 'capability_not_supported',
      });
  });

  test('two creates of one content are two issues, and a third leaves both', { timeout: slow }, async () => {
    using held = open();
    const same = (key: string) => ({ issue: issueOf('same'), options: { idempotencyKey: key } });
    await held.connector.createIssues([same('a'), same('b')]);
    const [before] = (await held.connector.listIssues({ limit: 10 })).items;
    await held.connector.createIssues([same('c')]);
    const { items } = await held.connector.listIssues({ limit: 10 });
    expect(items.map(({ title }) => title)).toEqual(['same', 'same', 'same']);
    expect(items.map(({ ref }) => ref.id)).toContain(before?.ref.id);
  });

  test('an issue that takes the content of another stays itself', { timeout: slow }, async () => {
    using held = open();
    const [a, b] = (await held.connector.createIssues(wanted(2))).flatMap((one) =>
      one.ok ? [one.issue] : [],
    );
    if (!a || !b) throw new Error('not created');
    expect(await held.connector.updateIssue(a.ref, { title: b.title })).toMatchObject({ title: b.title });
    const { items } = await held.connector.listIssues({ limit: 10 });
    expect(new Set(items.map(({ ref }) => ref.id))).toEqual(new Set([a.ref.id, b.ref.id]));
  });

  test('several patches of one issue are all written, the later over the earlier', {
    timeout: slow,
  }, async () => {
    using held = open();
    const [a] = (await held.connector.createIssues(wanted(1))).flatMap((one) => (one.ok ? [one.issue] : []));
    if (!a) throw new Error('not created');
    const patches = [{ title: 'x', body: 'kept' }, { title: 'y' }, { status: 'canceled' as const }];
    const results = await held.connector.updateIssues(
      patches.map((patch) => ({ ref: a.ref, patch, options: {} })),
    );
    expect(results.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(await held.connector.getIssue(a.ref)).toMatchObject({ title: 'y', body: 'kept' });
  });

  test('an edge to an issue that is not there is refused, and nothing is written', {
    timeout: slow,
  }, async () => {
    using held = open();
    const [a] = (await held.connector.createIssues(wanted(1))).flatMap((one) => (one.ok ? [one.issue] : []));
    if (!a) throw new Error('not created');
    held.runs.length = 0;
    const target = { system: 'beads', workspace: 'beads', id: 'sk-nowhere' };
    const links = [{ type: 'blocked_by' as const, target }];
    await expect(held.connector.updateIssue(a.ref, { title: 'x', links })).rejects.toMatchObject({
      code: 'capability_not_supported',
      fieldPath: 'links',
    });
    expect(new Set(held.runs)).toEqual(new Set(['export']));
  });

  test('a label that a person takes away meanwhile does not come back', { timeout: slow }, async () => {
    using held = open();
    const labelled = { issue: issueOf('a', { labels: ['theirs'] }), options: { idempotencyKey: 'k' } };
    const [a] = (await held.connector.createIssues([labelled])).flatMap((one) => (one.ok ? [one.issue] : []));
    if (!a) throw new Error('not created');
    const between = held.bind({
      async run(call) {
        if (call.args[0] === 'import') held.bd(['label', 'remove', a.ref.id, 'theirs']);
        return held.run.run(call);
      },
    });
    await between.updateIssue(a.ref, { title: 'b' });
    expect(await held.connector.getIssue(a.ref)).toMatchObject({ title: 'b', labels: [] });
  });

  test('a field that a person changes meanwhile is kept, and the write is tried again later', {
    timeout: slow,
  }, async () => {
    using held = open();
    const [a] = (await held.connector.createIssues(wanted(1))).flatMap((one) => (one.ok ? [one.issue] : []));
    if (!a) throw new Error('not created');
    const between = held.bind({
      async run(call) {
        if (call.args[0] === 'import') held.bd(['update', a.ref.id, '--title=theirs']);
        return held.run.run(call);
      },
    });
    await expect(between.updateIssue(a.ref, { body: 'ours' })).rejects.toMatchObject({
      failureClass: 'transient',
    });
    expect(await held.connector.getIssue(a.ref)).toMatchObject({ title: 'theirs', body: null });
  });

  test('where bd has a guard against closing, it is heeded and told, and the others are closed', {
    timeout: slow,
  }, async () => {
    using held = open();
    const [a, b, c] = (await held.connector.createIssues(wanted(3))).flatMap((one) =>
      one.ok ? [one.issue] : [],
    );
    if (!a || !b || !c) throw new Error('not created');
    await held.connector.updateIssue(b.ref, { parent: a.ref });
    held.runs.length = 0;
    const closing = await held.connector.updateIssues(
      [a, c].map(({ ref }) => ({ ref, patch: { status: 'done', title: 'closed' }, options: {} })),
    );
    const guarded = !/"version": *"0/.test(held.bd(['version', '--json']));
    expect(closing.map(({ ok }) => ok)).toEqual([!guarded, true]);
    expect(held.runs.length).toBeLessThanOrEqual(5);
    const status = guarded ? 'todo' : 'done';
    expect(await held.connector.getIssue(a.ref)).toMatchObject({ status, title: 'closed' });
    expect(await held.connector.getIssue(c.ref)).toMatchObject({ status: 'done' });
    if (guarded)
      expect(closing[0]).toMatchObject({
        error: {
          code: 'fields_refused',
          refused: [{ field: 'status', reason: expect.stringMatching(/open child/) }],
        },
      });
  });
});
