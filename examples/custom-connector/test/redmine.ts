/** Redmine as it behaves, without its pages: what its API was seen to do at version 5.0.4 (see the README). */

export const STATUSES = [
  { id: 1, name: 'New', is_closed: false },
  { id: 2, name: 'In Progress', is_closed: false },
  { id: 3, name: 'Resolved', is_closed: false },
  { id: 4, name: 'Feedback', is_closed: false },
  { id: 5, name: 'Closed', is_closed: true },
  { id: 6, name: 'Rejected', is_closed: true },
] as const;
const [NEW, CLOSED, REJECTED] = [1, 5, 6];
export const TRACKERS = [
  { id: 1, name: 'Bug' },
  { id: 2, name: 'Feature' },
  { id: 3, name: 'Support' },
] as const;
export const PRIORITIES = ['Low', 'Normal', 'High', 'Urgent', 'Immediate'].map((name, index) => ({
  id: index + 1,
  name,
}));
const NORMAL = 2;
export const PROJECT = { id: 1, name: 'Shop', identifier: 'shop' };
export const KEY_FIELD = 7;

export interface StoredIssue {
  id: number;
  projectId: number;
  authorId: number;
  subject: string;
  description: string | null;
  statusId: number;
  trackerId: number;
  priorityId: number;
  assigneeId: number | null;
  parentId: number | null;
  /** What the custom field holds in which creates are marked. */
  key: string;
  createdAt: number;
  updatedAt: number;
  journals: { id: number; userId: number; notes: string; at: number; isPrivate: boolean }[];
}

export interface StoredRelation {
  id: number;
  from: number;
  to: number;
  type: string;
}

/** Attributes as requests write them; `''` takes a value away. */
export type Attributes = Readonly<Record<string, unknown>>;

const ATTRIBUTES = [
  'project_id',
  'subject',
  'description',
  'status_id',
  'tracker_id',
  'priority_id',
  'assigned_to_id',
  'parent_issue_id',
  'custom_fields',
  'notes',
];
const REVERSED: Readonly<Record<string, string>> = { blocked: 'blocks', duplicated: 'duplicates' };

/** The state of a server with one project, and a person or two. */
export class Redmine {
  /** Time is the server's own, and passes where a test says so. */
  now: number = Date.UTC(2026, 0, 1);
  readonly issues = new Map<number, StoredIssue>();
  readonly relations = new Map<number, StoredRelation>();
  /** Members of the project, who may be assigned. */
  readonly members: readonly number[] = [5, 6];
  /** Whether the field for keys is there for every tracker. */
  hasKeyField = true;
  /** Whether accounts may add notes. */
  takesNotes = true;
  #lastId = 0;

  advance(ms: number): void {
    this.now += ms;
  }

  /** What is wrong with it, or the issue. */
  create(attributes: Attributes, authorId: number): string[] | StoredIssue {
    assertKnown(attributes);
    const issue: StoredIssue = {
      id: this.#next(),
      projectId: PROJECT.id,
      authorId,
      subject: '',
      description: null,
      statusId: NEW,
      trackerId: 1,
      priorityId: NORMAL,
      assigneeId: null,
      parentId: null,
      key: '',
      createdAt: this.now,
      updatedAt: this.now,
      journals: [],
    };
    // Its first status is the workflow's choice, whatever was asked for.
    const errors = this.#assign(issue, { subject: '', ...attributes, status_id: NEW });
    if (errors.length > 0) return errors;
    this.issues.set(issue.id, issue);
    this.#derive(issue.parentId);
    return issue;
  }

  /** What is wrong with it: then nothing is written. */
  update(id: number, attributes: Attributes, userId: number): string[] {
    assertKnown(attributes);
    const stored = this.issues.get(id);
    if (!stored) throw new Error(`no issue ${id}`);
    const issue = structuredClone(stored);
    const errors = this.#assign(issue, attributes);
    if (errors.length > 0) return errors;
    const { notes } = attributes;
    if (typeof notes === 'string' && notes.trim() !== '' && this.takesNotes)
      issue.journals.push({ id: this.#next(), userId, notes, at: this.now, isPrivate: false });
    this.issues.set(id, { ...issue, updatedAt: this.now });
    for (const parent of new Set([stored.parentId, issue.parentId])) this.#derive(parent);
    return [];
  }

  remove(id: number): void {
    for (const child of this.childrenOf(id)) this.remove(child.id);
    this.issues.delete(id);
    for (const [key, { from, to }] of this.relations)
      if (from === id || to === id) this.relations.delete(key);
  }

  /** Neither of both issues counts as changed by it. */
  relate(from: number, to: number, type: string): string[] | StoredRelation {
    if (!this.issues.has(to)) return ['Related issue cannot be blank'];
    const reverse = REVERSED[type];
    let made = reverse === undefined ? { from, to, type } : { from: to, to: from, type: reverse };
    if (type === 'relates' && from > to) made = { from: to, to: from, type };
    if (from === to) return ['Related issue is invalid'];
    const between = this.relationsOf(from).filter((one) => one.from === to || one.to === to);
    if (between.some((one) => one.from === made.from)) return ['Related issue has already been taken'];
    if (['relates', 'blocks'].includes(type) && between.some((one) => one.type !== 'duplicates'))
      return ['This relation would create a circular dependency'];
    if (this.#lineOf(from).includes(to) || this.#lineOf(to).includes(from))
      return ['An issue cannot be linked to one of its subtasks'];
    const relation = { id: this.#next(), ...made };
    this.relations.set(relation.id, relation);
    return relation;
  }

  relationsOf(id: number): StoredRelation[] {
    return [...this.relations.values()].filter(({ from, to }) => from === id || to === id);
  }

  childrenOf(id: number): StoredIssue[] {
    return [...this.issues.values()].filter(({ parentId }) => parentId === id);
  }

  #assign(issue: StoredIssue, given: Attributes): string[] {
    const { subject, description, status_id, tracker_id, priority_id, assigned_to_id, parent_issue_id } =
      given;
    const errors: string[] = [];
    if (tracker_id !== undefined && TRACKERS.some(({ id }) => id === tracker_id))
      issue.trackerId = Number(tracker_id);
    if (status_id !== undefined && this.#mayGo(issue, Number(status_id))) issue.statusId = Number(status_id);
    if (subject !== undefined) {
      issue.subject = String(subject);
      if (issue.subject.trim() === '') errors.push('Subject cannot be blank');
      if ([...issue.subject].length > 255) errors.push('Subject is too long (maximum is 255 characters)');
    }
    if (description !== undefined) issue.description = String(description).replaceAll(/\r\n|\n|\r/g, '\r\n');
    // What an issue with subtasks has is theirs.
    if (priority_id !== undefined && this.childrenOf(issue.id).length === 0) {
      issue.priorityId = Number(priority_id);
      if (!PRIORITIES.some(({ id }) => id === priority_id)) errors.push('Priority cannot be blank');
    }
    if (assigned_to_id !== undefined) {
      issue.assigneeId = assigned_to_id === '' ? null : Number(assigned_to_id);
      if (issue.assigneeId !== null && !this.members.includes(issue.assigneeId))
        errors.push('Assignee is invalid');
    }
    if (parent_issue_id !== undefined) errors.push(...this.#adopt(issue, parent_issue_id));
    for (const { id, value } of (given['custom_fields'] ?? []) as { id: number; value: string }[])
      if (id === KEY_FIELD && this.hasKeyField) issue.key = value;
    return errors;
  }

  #adopt(issue: StoredIssue, parent: unknown): string[] {
    issue.parentId = parent === '' ? null : Number(parent);
    if (issue.parentId === null) return [];
    const above = this.issues.get(issue.parentId);
    if (!above || this.#lineOf(above.id).includes(issue.id)) return ['Parent task is invalid'];
    return isClosed(above) && !isClosed(issue)
      ? ['An open issue cannot be attached to a closed parent task']
      : [];
  }

  /** The workflow: all ways but from closed to rejected. What waits for others is not closed. */
  #mayGo(issue: StoredIssue, status: number): boolean {
    if (!STATUSES.some(({ id }) => id === status)) return false;
    if (issue.statusId === CLOSED && status === REJECTED) return false;
    const closes = isClosed({ statusId: status });
    const waitsFor = [
      ...this.childrenOf(issue.id),
      ...this.relationsOf(issue.id).flatMap(({ type, from, to }) =>
        type === 'blocks' && to === issue.id ? (this.issues.get(from) ?? []) : [],
      ),
    ];
    if (closes && waitsFor.some((other) => !isClosed(other))) return false;
    const parent = this.issues.get(issue.parentId ?? 0);
    return closes || !parent || !isClosed(parent);
  }

  /** A parent has the highest priority of its open subtasks. */
  #derive(id: number | null): void {
    const parent = this.issues.get(id ?? 0);
    if (!parent) return;
    const open = this.childrenOf(parent.id).filter((child) => !isClosed(child));
    if (open.length > 0) parent.priorityId = Math.max(...open.map(({ priorityId }) => priorityId));
    parent.updatedAt = this.now;
    this.#derive(parent.parentId);
  }

  /** An issue and all above it. */
  #lineOf(id: number): number[] {
    const line: number[] = [];
    for (let at: number | null | undefined = id; at != null && !line.includes(at); )
      at = line.push(at) && this.issues.get(at)?.parentId;
    return line;
  }

  #next(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

const isClosed = ({ statusId }: Pick<StoredIssue, 'statusId'>): boolean =>
  STATUSES.some(({ id, is_closed }) => id === statusId && is_closed);

/** The real one ignores what it does not know: a mistake would show in nothing. */
function assertKnown(attributes: Attributes): void {
  const unknown = Object.keys(attributes).find((name) => !ATTRIBUTES.includes(name));
  if (unknown !== undefined) throw new TypeError(`an issue has no attribute ${unknown}`);
}
