import { CANONICAL_STATUSES } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { priorityFor, priorityOf, statusOf } from '../src/vocabulary.ts';
import { refOf, rejection, world } from './fixtures.ts';

describe('a state', () => {
  it.each([
    ['triage', 'Triage', 'todo'],
    ['backlog', 'Backlog', 'todo'],
    ['backlog', 'Blocked by others', 'blocked'],
    ['unstarted', 'Todo', 'todo'],
    ['unstarted', 'On hold', 'blocked'],
    ['started', 'In Progress', 'in_progress'],
    ['started', 'Code review', 'in_review'],
    ['started', 'Unblocked', 'in_progress'],
    ['started', 'Blocked', 'blocked'],
    ['completed', 'Reviewed', 'done'],
    ['canceled', 'Wontfix', 'canceled'],
    ['duplicate', 'Duplicate', 'canceled'],
    ['paused', 'Done', undefined],
  ])('of type %s named %s reads as %s', (type, name, status) => {
    expect(statusOf({ id: 's', name, type }, {})).toBe(status);
  });

  it('reads as configured, whatever its type and name', () => {
    const state = { id: 's', name: 'Done', type: 'completed' };
    expect(statusOf(state, { in_review: 's' })).toBe('in_review');
  });
});

describe('a priority', () => {
  it('is none for 0, and one less otherwise', () => {
    expect([0, 1, 2, 3, 4, 5].map(priorityOf)).toEqual([null, 0, 1, 2, 3, null]);
    expect(([null, 0, 1, 2, 3, 4] as const).map(priorityFor)).toEqual([0, 1, 2, 3, 4, 4]);
  });
});

describe('a status', () => {
  it('is written as the configured state first', async () => {
    const held = world();
    const { people, workspace } = held.emulator;
    const qa = people.addState('Quality', 'started');
    const connector = held.open({ statusToStateId: { in_review: qa.id } });
    const id = people.createIssue({ title: 'A' });
    expect((await connector.updateIssue(refOf(id), { status: 'in_review' })).status).toBe('in_review');
    expect(people.issue(id).stateId).toBe(qa.id);
    // A state that reads so by its name still does.
    people.edit(id, { state: 'In Review' });
    expect((await connector.getIssue(refOf(id))).status).toBe('in_review');
    expect(workspace.states.has(qa.id)).toBe(true);
  });

  it('for which the team has no state is refused by name, and the rest is written', async () => {
    const held = world();
    const id = held.emulator.people.createIssue({ title: 'A' });
    const error = await rejection(held.connector.updateIssue(refOf(id), { title: 'B', status: 'blocked' }));
    expect(error).toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'status' }],
      issue: { title: 'B', status: 'todo' },
    });
    held.emulator.people.addState('Blocked', 'started');
    held.emulator.time.advance(600_000);
    expect((await held.connector.transitionIssue(refOf(id), 'blocked')).status).toBe('blocked');
  });

  it('that an issue reads as already does not replace its state', async () => {
    const held = world();
    const { people } = held.emulator;
    const id = people.createIssue({ title: 'A', state: 'Backlog' });
    const before = people.issue(id).stateId;
    expect((await held.connector.updateIssue(refOf(id), { title: 'B', status: 'todo' })).title).toBe('B');
    expect(people.issue(id).stateId).toBe(before);
  });

  it('of a type that nobody knows reads as todo, keeps its id, and is not replaced', async () => {
    const held = world();
    const { people } = held.emulator;
    const state = people.addState('Paused', 'paused');
    const id = people.createIssue({ title: 'A', state: 'Paused' });
    const issue = await held.connector.getIssue(refOf(id));
    expect(issue).toMatchObject({ status: 'todo', customFields: { 'linear.stateId': state.id } });
    const { customFields } = issue;
    await held.connector.updateIssue(
      refOf(id),
      { title: 'B', status: 'todo', customFields },
      { previous: issue },
    );
    expect(people.issue(id)).toMatchObject({ title: 'B', stateId: state.id });
    const listed = await held.connector.listIssues({ limit: 5, filters: { status: ['todo'] } });
    expect(listed.items.map(({ ref }) => ref.id)).toEqual([id]);
    const error = await rejection(
      held.connector.updateIssue(refOf(id), { customFields: { 'linear.stateId': 'another' } }),
    );
    expect(error).toMatchObject({
      code: 'fields_refused',
      refused: [{ field: 'customFields.linear.stateId' }],
    });
    // A real change is one.
    expect((await held.connector.transitionIssue(refOf(id), 'done')).customFields).toEqual({});
  });

  it('is written as the first state that reads so, and never as the one kept for duplicates', async () => {
    const held = world();
    const { people, workspace, teamId } = held.emulator;
    people.addState('Later done', 'completed');
    const id = people.createIssue({ title: 'A' });
    const names: string[] = [];
    for (const status of CANONICAL_STATUSES.filter((one) => one !== 'blocked')) {
      await held.connector.transitionIssue(refOf(id), status);
      const { stateId } = people.issue(id);
      names.push(workspace.statesOf(teamId).find((state) => state.id === stateId)?.name ?? '?');
    }
    expect(names).toEqual(['Backlog', 'In Progress', 'In Review', 'Done', 'Canceled']);
    await held.connector.transitionIssue(refOf(id), 'todo');
    expect(workspace.states.get(people.issue(id).stateId)?.name).toBe('Todo');
  });
});
