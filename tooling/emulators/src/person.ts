/** The fields of an issue in the terms of this project, as far as a person enters them at a tracker. */
export interface EnteredFields {
  title?: string;
  body?: string | null;
  status?: string;
  priority?: number | null;
  labels?: readonly string[];
  assignees?: readonly string[];
  parent?: { id: string } | null;
}

/** Somebody who works at a tracker itself, in the terms of this project. */
export interface Person {
  /** The id of the issue. */
  create(fields: EnteredFields & { title: string }): string;
  edit(id: string, fields: EnteredFields): void;
}
