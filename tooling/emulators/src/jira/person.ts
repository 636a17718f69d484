import type { EnteredFields, Person } from '../person.ts';
import { adfOf } from './adf-check.ts';
import type { JiraEmulator } from './jira-emulator.ts';
import type { JiraFields } from './state.ts';

const STATUSES: Readonly<Record<string, string>> = {
  todo: 'To Do',
  in_progress: 'In Progress',
  in_review: 'In Review',
  done: 'Done',
};

function entered({ title, body, priority, assignees, labels, parent }: EnteredFields): JiraFields {
  return {
    ...(title === undefined ? {} : { summary: title }),
    ...(body === undefined ? {} : { description: adfOf(body) }),
    ...(priority == null ? {} : { priority: String(priority + 1) }),
    ...(assignees === undefined ? {} : { assignee: assignees[0] ?? null }),
    ...(labels === undefined ? {} : { labels: [...labels] }),
    ...(parent === undefined ? {} : { parent: parent?.id ?? null }),
  };
}

/** A person who works at Jira itself. A status that the site has no word for is left as it is. */
export function jiraPerson({ state, people }: JiraEmulator): Person {
  const move = (id: string, status: string | undefined): void => {
    const found = state.site.statuses.find(({ name }) => name === STATUSES[status ?? '']);
    if (found) state.change(id, { status: found.id });
  };
  return {
    create(fields) {
      const { id } = state.create(people[0] ?? '', { ...entered(fields), summary: fields.title });
      move(id, fields.status);
      return id;
    },
    edit(id, fields) {
      state.change(id, entered(fields));
      move(id, fields.status);
    },
  };
}
