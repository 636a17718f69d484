import type { EnteredFields, Person } from '../person.ts';
import type { LinearEmulator } from './linear-emulator.ts';
import type { PersonalFields } from './people.ts';

const STATES: Readonly<Record<string, string>> = {
  todo: 'Todo',
  in_progress: 'In Progress',
  in_review: 'In Review',
  done: 'Done',
  canceled: 'Canceled',
};

/** The states that a team begins with have none for `blocked`. */
export function enteredAtLinear(fields: EnteredFields): PersonalFields {
  const { title, body, status, priority, labels, assignees, parent } = fields;
  const state = STATES[status ?? ''];
  return {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { description: body }),
    ...(state === undefined ? {} : { state }),
    ...(priority === undefined ? {} : { priority: priority === null ? 0 : Math.min(priority + 1, 4) }),
    ...(labels === undefined ? {} : { labels: [...labels] }),
    ...(assignees === undefined ? {} : { assigneeId: assignees[0] ?? null }),
    ...(parent === undefined ? {} : { parentId: parent?.id ?? null }),
  };
}

/** A person who works at Linear itself: not the one whose key it is. */
export function linearPerson({ people }: LinearEmulator): Person {
  return {
    create: ({ title, ...fields }) => people.createIssue({ ...enteredAtLinear(fields), title }),
    edit: (id, fields) => people.edit(id, enteredAtLinear(fields)),
  };
}
