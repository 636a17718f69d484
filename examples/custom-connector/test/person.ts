import type { CanonicalIssueType, CanonicalStatus, IssuePatch } from '@spec-kitty/tracker-core';
import type { Attributes, Redmine } from './redmine.ts';

const PERSON_ID = 6;
export const STATUS_IDS: Readonly<Record<CanonicalStatus, number>> = {
  todo: 1,
  in_progress: 2,
  in_review: 3,
  blocked: 4,
  done: 5,
  canceled: 6,
};
const TRACKER_IDS: Readonly<Partial<Record<CanonicalIssueType, number>>> = { bug: 1, story: 2, task: 3 };

/** Fields in Redmine's terms, as a person chooses them there. */
export function attributesOf({
  title,
  body,
  status,
  issueType,
  priority,
  assignees,
  parent,
}: IssuePatch): Attributes {
  return {
    ...(title === undefined ? {} : { subject: title }),
    ...(body === undefined ? {} : { description: body ?? '' }),
    ...(status === undefined ? {} : { status_id: STATUS_IDS[status] }),
    ...(issueType === undefined ? {} : { tracker_id: TRACKER_IDS[issueType] ?? 3 }),
    ...(priority === undefined || priority === null ? {} : { priority_id: 5 - priority }),
    ...(assignees === undefined
      ? {}
      : { assigned_to_id: assignees[0] === undefined ? '' : Number(assignees[0]) }),
    ...(parent === undefined ? {} : { parent_issue_id: parent === null ? '' : Number(parent.id) }),
  };
}

export interface Person {
  /** Answers the number of the issue. */
  create(fields: IssuePatch & { title: string }): number;
  edit(id: number, patch: IssuePatch): void;
}

/** Somebody who works at the server itself. */
export function personAt(redmine: Redmine): Person {
  const edit = (id: number, attributes: Attributes): void => {
    const errors = redmine.update(id, attributes, PERSON_ID);
    if (errors.length > 0) throw new Error(errors.join('; '));
  };
  return {
    create({ status, ...fields }) {
      const made = redmine.create(attributesOf(fields), PERSON_ID);
      if (Array.isArray(made)) throw new Error(made.join('; '));
      if (status !== undefined && status !== 'todo') edit(made.id, attributesOf({ status }));
      return made.id;
    },
    edit: (id, patch) => edit(id, attributesOf(patch)),
  };
}
