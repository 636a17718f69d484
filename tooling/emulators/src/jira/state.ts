import { type AdfNode, checkAdf } from './adf-check.ts';
import { JiraRefusal, noIssue } from './refusal.ts';

export interface JiraUser {
  accountId: string;
  displayName: string;
}
export interface JiraStatus {
  id: string;
  name: string;
  category: 'new' | 'indeterminate' | 'done';
}
export interface JiraType {
  id: string;
  name: string;
  /** -1 for subtasks, 0, 1 for epics. */
  level: number;
}
export interface JiraTransition {
  id: string;
  name: string;
  /** Names of statuses; from every one where it is left out. */
  from?: readonly string[];
  to: string;
}
export interface JiraCustomField {
  id: string;
  name: string;
  kind: 'textarea' | 'textfield';
  requiredFor?: readonly string[];
}

export interface JiraIssue {
  id: string;
  key: string;
  project: string;
  type: string;
  status: string;
  summary: string;
  description: AdfNode | null;
  priority: string | null;
  assignee: string | null;
  labels: string[];
  parent: string | null;
  creator: string;
  created: number;
  updated: number;
  custom: Record<string, unknown>;
  properties: Record<string, unknown>;
}
export interface JiraComment {
  id: string;
  issue: string;
  author: string;
  body: AdfNode;
  properties: { key: string; value: unknown }[];
  created: number;
  updated: number;
}
export interface JiraLink {
  id: string;
  type: string;
  inward: string;
  outward: string;
}

export interface JiraSite {
  projects: readonly string[];
  users: readonly JiraUser[];
  types: readonly JiraType[];
  statuses: readonly JiraStatus[];
  transitions: readonly JiraTransition[];
  priorities: readonly string[];
  customFields: readonly JiraCustomField[];
}

export const LINK_TYPES = [
  { id: '10000', name: 'Blocks', inward: 'is blocked by', outward: 'blocks' },
  { id: '10001', name: 'Cloners', inward: 'is cloned by', outward: 'clones' },
  { id: '10002', name: 'Duplicate', inward: 'is duplicated by', outward: 'duplicates' },
  { id: '10003', name: 'Relates', inward: 'relates to', outward: 'relates to' },
] as const;

/** What may be written of an issue. */
export type JiraFields = Partial<
  Pick<
    JiraIssue,
    'project' | 'type' | 'summary' | 'description' | 'priority' | 'assignee' | 'labels' | 'parent' | 'custom'
  >
>;

/** One site. */
export class JiraState {
  readonly site: JiraSite;
  readonly issues: Map<string, JiraIssue> = new Map();
  readonly comments: Map<string, JiraComment> = new Map();
  readonly links: Map<string, JiraLink> = new Map();
  readonly #now: () => number;
  readonly #numbers = new Map<string, number>();
  readonly #formerKeys = new Map<string, string>();
  readonly #versions = new Map<string, { at: number; issue: JiraIssue | undefined }[]>();
  #lastId = 10_000;

  constructor(site: JiraSite, now: () => number) {
    this.site = site;
    this.#now = now;
  }

  /** By id, key, or a key that it had once. */
  find(idOrKey: string): JiraIssue | undefined {
    const key = idOrKey.toUpperCase();
    return (
      this.issues.get(idOrKey) ??
      [...this.issues.values()].find((one) => one.key === key) ??
      this.issues.get(this.#formerKeys.get(key) ?? '')
    );
  }

  /** @throws JiraRefusal 404 */
  issue(idOrKey: string): JiraIssue {
    const found = this.find(idOrKey);
    if (found) return found;
    throw noIssue();
  }

  create(
    creator: string,
    given: JiraFields & { summary: string; properties?: Record<string, unknown> },
  ): JiraIssue {
    const { properties = {}, ...fields } = given;
    const project = fields.project ?? this.site.projects[0] ?? '';
    const type = fields.type ?? this.site.types.find(({ level }) => level === 0)?.id ?? '';
    const needed = this.site.customFields.filter(
      ({ id, requiredFor }) => requiredFor?.includes(type) && fields.custom?.[id] == null,
    );
    if (needed.length > 0)
      throw new JiraRefusal(
        400,
        Object.fromEntries(needed.map(({ id, name }) => [id, `${name} is required.`])),
      );
    const number = (this.#numbers.get(project) ?? 0) + 1;
    const now = this.#now();
    const issue: JiraIssue = {
      id: String(this.#lastId + 1),
      key: `${project}-${number}`,
      project,
      type,
      status: this.site.statuses[0]?.id ?? '',
      summary: '',
      description: null,
      priority: String(Math.floor(this.site.priorities.length / 2) + 1),
      assignee: null,
      labels: [],
      parent: null,
      creator,
      created: now,
      updated: now,
      custom: {},
      properties,
    };
    this.#check(fields, issue);
    Object.assign(issue, fields);
    this.#lastId += 1;
    this.#numbers.set(project, number);
    this.issues.set(issue.id, issue);
    this.#index(issue);
    return issue;
  }

  /** Changes what is named; what is so already moves no time. */
  change(id: string, fields: JiraFields & { status?: string }): JiraIssue {
    const issue = this.issue(id);
    this.#check(fields, issue);
    const before = JSON.stringify(issue);
    Object.assign(issue, fields, fields.custom ? { custom: { ...issue.custom, ...fields.custom } } : {});
    if (JSON.stringify(issue) !== before) this.touch(issue);
    return issue;
  }

  touch(issue: JiraIssue): void {
    issue.updated = this.#now();
    this.#index(issue);
  }

  /** The id stays, the key is another one. */
  move(id: string, project: string): JiraIssue {
    const issue = this.issue(id);
    const number = (this.#numbers.get(project) ?? 0) + 1;
    this.#numbers.set(project, number);
    this.#formerKeys.set(issue.key, issue.id);
    Object.assign(issue, { project, key: `${project}-${number}` });
    this.touch(issue);
    return issue;
  }

  delete(id: string): void {
    const issue = this.issue(id);
    this.issues.delete(issue.id);
    for (const link of this.linksOf(issue.id)) this.links.delete(link.id);
    for (const child of this.children(issue.id)) child.parent = null;
    this.#versions.get(issue.id)?.push({ at: this.#now(), issue: undefined });
  }

  children(id: string): JiraIssue[] {
    return [...this.issues.values()].filter(({ parent }) => parent === id);
  }

  linksOf(id: string): JiraLink[] {
    return [...this.links.values()].filter(({ inward, outward }) => inward === id || outward === id);
  }

  /** A link that is there already is made again without a word. */
  link(type: string, inward: string, outward: string): void {
    const [from, to] = [this.issue(inward), this.issue(outward)];
    if (from.id === to.id) throw new JiraRefusal(400, 'You cannot link an issue to itself.');
    const symmetric = type === 'Relates';
    const known = this.linksOf(from.id).some(
      (one) =>
        one.type === type &&
        ((one.inward === from.id && one.outward === to.id) ||
          (symmetric && one.inward === to.id && one.outward === from.id)),
    );
    if (known) return;
    this.#lastId += 1;
    const id = String(this.#lastId);
    this.links.set(id, { id, type, inward: from.id, outward: to.id });
    this.touch(from);
    this.touch(to);
  }

  unlink(id: string): void {
    const link = this.links.get(id);
    if (!link) throw new JiraRefusal(404, `No issue link with id '${id}' exists.`);
    this.links.delete(id);
    for (const end of [link.inward, link.outward]) this.touch(this.issue(end));
  }

  comment(
    author: string,
    idOrKey: string,
    body: AdfNode,
    properties: JiraComment['properties'] = [],
  ): JiraComment {
    const issue = this.issue(idOrKey);
    if (checkAdf(body, 'comment') === 0 && (body.content ?? []).length === 0)
      throw new JiraRefusal(400, { comment: 'Comment body can not be empty!' });
    this.#lastId += 1;
    const now = this.#now();
    const made = {
      id: String(this.#lastId),
      issue: issue.id,
      author,
      body,
      properties,
      created: now,
      updated: now,
    };
    this.comments.set(made.id, made);
    this.touch(issue);
    return made;
  }

  /** Which transitions an issue has, by the status that it is in. */
  transitionsOf(issue: JiraIssue): JiraTransition[] {
    const status = this.site.statuses.find(({ id }) => id === issue.status)?.name ?? '';
    return this.site.transitions.filter(({ from }) => from === undefined || from.includes(status));
  }

  /** The issues as the index knew them at a time, those named as they are. */
  indexedAt(time: number, reconciled: ReadonlySet<string>): JiraIssue[] {
    const found: JiraIssue[] = [];
    for (const [id, versions] of this.#versions) {
      const issue = reconciled.has(id)
        ? this.issues.get(id)
        : versions.findLast(({ at }) => at <= time)?.issue;
      if (issue && this.issues.has(id)) found.push(issue);
    }
    return found;
  }

  #index(issue: JiraIssue): void {
    const now = this.#now();
    const known = this.#versions.get(issue.id) ?? [];
    const settled = known.findLastIndex(({ at }) => at <= now - 120_000);
    this.#versions.set(issue.id, [
      ...known.slice(Math.max(0, settled)),
      { at: now, issue: structuredClone(issue) },
    ]);
  }

  #check(fields: JiraFields, issue: JiraIssue): void {
    const { summary, description, labels, assignee, priority, parent, custom = {} } = fields;
    if (summary !== undefined) checkSummary(summary);
    if (description != null) checkAdf(description, 'description');
    for (const label of labels ?? []) checkLabel(label);
    if (assignee != null && !this.site.users.some(({ accountId }) => accountId === assignee))
      throw new JiraRefusal(400, { assignee: `User '${assignee}' cannot be assigned issues.` });
    if (priority !== undefined && !this.site.priorities[Number(priority) - 1])
      throw new JiraRefusal(400, { priority: 'The priority selected is invalid.' });
    for (const [id, value] of Object.entries(custom)) {
      const field = this.site.customFields.find((one) => one.id === id);
      if (field?.kind === 'textarea' && value !== null) checkAdf(value, id);
    }
    const typed = fields.type === undefined ? issue.type : fields.type;
    const level = this.level(typed);
    if (level === undefined) throw new JiraRefusal(400, { issuetype: 'Specify a valid issue type' });
    if (
      fields.type !== undefined &&
      this.issues.has(issue.id) &&
      level < 0 !== (this.level(issue.type) ?? 0) < 0
    )
      throw new JiraRefusal(400, { issuetype: 'The issue type selected is invalid.' });
    const above = parent === undefined ? issue.parent : parent;
    if (above === null) {
      if (level < 0)
        throw new JiraRefusal(400, {
          parent: 'Issue type is a sub-task but parent issue key or id not specified.',
        });
      return;
    }
    const found = this.find(above);
    if (!found) throw new JiraRefusal(400, { parent: 'Could not find issue by id or key.' });
    if (this.level(found.type) !== level + 1)
      throw new JiraRefusal(400, {
        parentId: 'Given parent work item does not belong to appropriate hierarchy.',
      });
  }

  level(type: string): number | undefined {
    return this.site.types.find(({ id }) => id === type)?.level;
  }
}

function checkSummary(summary: string): void {
  if (summary.trim() === '')
    throw new JiraRefusal(400, { summary: 'You must specify a summary of the issue.' });
  if (/[\r\n]/.test(summary))
    throw new JiraRefusal(400, { summary: 'The summary is invalid because it contains newline characters.' });
  if (summary.length > 255) throw new JiraRefusal(400, { summary: "Summary can't exceed 255 characters." });
}

function checkLabel(label: string): void {
  if (/\s/.test(label))
    throw new JiraRefusal(400, { labels: `The label '${label}' contains spaces which is invalid.` });
  if (label.length > 255 || label === '')
    throw new JiraRefusal(400, {
      labels: `The label '${label}' exceeds the maximum length of 255 characters.`,
    });
}
