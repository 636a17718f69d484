import { type CanonicalIssue, canonicalIssue } from '@spec-kitty/tracker-core';
import { describe, expect, test } from 'vitest';
import { database, realBd } from './real-bd.ts';

const slow = 120_000;
const real = realBd ?? 'bd';

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

describe.skipIf(realBd === undefined)(`a real bd (${realBd ?? 'none: TRACKER_BD is not set'})`, () => {
  test('a thousand creates and a thousand different updates take a handful of processes', {
    timeout: slow,
  }, async () => {
    using held = database(real);
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

  test('a create that is tried again under its key finds the first issue', { timeout: slow }, async () => {
    using held = database(real);
    const [first] = await held.connector.createIssues(wanted(1));
    const [again] = await held.connector.createIssues(wanted(1));
    expect(again).toEqual(first);
    expect((await held.connector.listIssues({ limit: 10 })).items).toHaveLength(1);
  });

  test('fields, labels and edges are set and taken away again', { timeout: slow }, async () => {
    using held = database(real);
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
      links: [{ type: 'blocked_by', target }],
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
    using held = database(real);
    const [a] = (await held.connector.createIssues(wanted(1))).flatMap((one) => (one.ok ? [one.issue] : []));
    if (!a) throw new Error('not created');
    held.bd(['update', a.ref.id, '--status=deferred']);
    const edited = await held.connector.updateIssue(a.ref, { status: 'todo', title: 'other' });
    expect(edited.customFields['beads.status']).toBe('deferred');
  });

  test('what the host owns is refused', { timeout: slow }, async () => {
    using held = database(real, { hostOwns: ['assignees', 'terminal_status'] });
    const [a] = (await held.connector.createIssues(wanted(1))).flatMap((one) => (one.ok ? [one.issue] : []));
    if (!a) throw new Error('not created');
    for (const patch of [{ status: 'done' as const }, { assignees: ['me'] }])
      await expect(held.connector.updateIssue(a.ref, patch)).rejects.toMatchObject({
        code: 'capability_not_supported',
      });
  });
});
