import type { CanonicalIssue, JsonObject } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { canonicalOf, refOf } from './fixtures.ts';

describe('an issue in canonical terms', () => {
  it.each<[string, JsonObject, Partial<CanonicalIssue>]>([
    ['open', { status: 'open' }, { status: 'todo', customFields: {} }],
    ['in progress', { status: 'in_progress' }, { status: 'in_progress', customFields: {} }],
    ['blocked', { status: 'blocked' }, { status: 'blocked', customFields: {} }],
    ['closed', { status: 'closed' }, { status: 'done', customFields: {} }],
    ['deferred', { status: 'deferred' }, { status: 'todo', customFields: { 'beads.status': 'deferred' } }],
    ['pinned', { status: 'pinned' }, { status: 'todo', customFields: { 'beads.status': 'pinned' } }],
    ['hooked', { status: 'hooked' }, { status: 'in_progress', customFields: { 'beads.status': 'hooked' } }],
    ['a custom status', { status: 'qa' }, { status: 'todo', customFields: { 'beads.status': 'qa' } }],
    ['a status named as an object member', { status: 'constructor' }, { status: 'todo' }],
    ['no status', { status: null }, { status: 'todo', customFields: {} }],
    ['a bug', { issue_type: 'bug' }, { issueType: 'bug', customFields: {} }],
    ['an epic', { issue_type: 'epic' }, { issueType: 'epic', customFields: {} }],
    ['a chore', { issue_type: 'chore' }, { issueType: 'chore', customFields: {} }],
    ['a story', { issue_type: 'story' }, { issueType: 'story', customFields: {} }],
    [
      'a feature',
      { issue_type: 'feature' },
      { issueType: 'story', customFields: { 'beads.type': 'feature' } },
    ],
    [
      'a molecule',
      { issue_type: 'molecule' },
      { issueType: 'epic', customFields: { 'beads.type': 'molecule' } },
    ],
    ['a custom type', { issue_type: 'rig' }, { issueType: 'task', customFields: { 'beads.type': 'rig' } }],
    ['the most urgent', { priority: 0 }, { priority: 0 }],
    ['no priority', { priority: null }, { priority: null }],
    ['an assignee', { assignee: 'ada' }, { assignees: ['ada'] }],
    ['a blank assignee', { assignee: '' }, { assignees: [] }],
    ['labels', { labels: ['b', 'a', 'b'] }, { labels: ['b', 'a'] }],
    ['a description', { description: 'Text\n- [ ] 🐈' }, { body: 'Text\n- [ ] 🐈' }],
    ['an empty description', { description: '' }, { body: null }],
    ['a parent by name', { parent: 'bd-0' }, { parent: refOf('bd-0'), customFields: {} }],
  ])('reads %s', async (_name, fields, expected) => {
    expect(await canonicalOf(fields)).toMatchObject(expected);
  });

  it.each([
    ['2025-11-06T20:06:49.220334-08:00', '2025-11-07T04:06:49.220Z'],
    ['2026-01-10T23:16:28.999999999+11:00', '2026-01-10T12:16:28.999Z'],
    ['2026-01-10T23:16:28Z', '2026-01-10T23:16:28.000Z'],
  ])('reads the time %s', async (time, canonical) => {
    expect(await canonicalOf({ created_at: time, updated_at: time })).toMatchObject({
      createdAt: canonical,
      updatedAt: canonical,
    });
  });

  it('has no version, since labels change without one', async () => {
    expect(await canonicalOf({})).not.toHaveProperty('version');
  });

  it('keeps every field that has no canonical place, exactly', async () => {
    const others = {
      design: 'd',
      acceptance_criteria: '- a',
      notes: null,
      external_ref: 'gh-9',
      metadata: { deep: [1, { x: null }] },
      comments: [{ id: 1, author: 'ada', text: 'hello', created_at: '2026-01-12T02:16:51Z' }],
      close_reason: 'wontfix',
      closed_at: '2026-01-12T02:16:51.123456789-08:00',
      estimated_minutes: 30,
      owner: 'ada@example.com',
      something_new: true,
    };
    const { customFields } = await canonicalOf(others);
    expect(customFields).toEqual(
      Object.fromEntries(Object.entries(others).map(([name, value]) => [`beads.${name}`, value])),
    );
  });
});

describe('dependencies', () => {
  const edge = (type: string, target: string): JsonObject => ({
    issue_id: 'bd-1',
    depends_on_id: target,
    type,
    created_at: '2026-01-01T00:00:00Z',
    created_by: 'ada',
  });

  it.each([
    ['blocks', 'blocked_by'],
    ['blocked-by', 'blocked_by'],
    ['related', 'relates_to'],
    ['relates-to', 'relates_to'],
    ['duplicates', 'duplicates'],
  ])('of type %s are links of type %s', async (type, link) => {
    const issue = await canonicalOf({ dependencies: [edge(type, 'bd-nowhere')] });
    expect(issue.links).toEqual([{ type: link, target: refOf('bd-nowhere') }]);
    expect(issue.customFields).toEqual({});
  });

  it.each(['parent-child', 'parent_child'])('of type %s are the parent, the first one', async (type) => {
    const second = edge(type, 'bd-second');
    const issue = await canonicalOf({ dependencies: [edge(type, 'bd-first'), second], parent: 'bd-third' });
    expect(issue.parent).toEqual(refOf('bd-first'));
    expect(issue.links).toEqual([]);
    expect(issue.customFields).toEqual({ 'beads.dependencies': [second], 'beads.parent': 'bd-third' });
  });

  it.each([
    ['another type', edge('discovered-from', 'bd-2')],
    ['an external target', edge('blocks', 'external:other:ot-1')],
    ['a type named as an object member', edge('constructor', 'bd-2')],
    ['another source', { ...edge('blocks', 'bd-1'), issue_id: 'bd-2' }],
    ['a blank target', edge('blocks', ' ')],
    ['another shape', { id: 'bd-2', dependency_type: 'blocks' }],
  ])('of %s are kept exactly', async (_name, other) => {
    const issue = await canonicalOf({ dependencies: [edge('blocks', 'bd-9'), other] });
    expect(issue.links).toHaveLength(1);
    expect(issue.customFields).toEqual({ 'beads.dependencies': [other] });
  });
});
