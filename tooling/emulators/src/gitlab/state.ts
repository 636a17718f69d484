import { type Edit, editOf, type IssueText, type QuickEdits, quickActions } from './edits.ts';
import { refuse } from './refusal.ts';

export interface GitlabUser {
  id: number;
  username: string;
  name: string;
}
export interface GitlabProject {
  id: number;
  path: string;
}
export const ISSUE_TYPES = ['issue', 'incident', 'test_case', 'requirement', 'task', 'ticket'] as const;
export type GitlabIssueType = (typeof ISSUE_TYPES)[number];

export interface GitlabIssue {
  id: number;
  iid: number;
  project: number;
  title: string;
  description: string | null;
  state: 'opened' | 'closed';
  type: GitlabIssueType;
  author: number;
  labels: string[];
  assignees: number[];
  confidential: boolean;
  movedTo: number | null;
  duplicateOf: number | null;
  createdAt: number;
  updatedAt: number;
  closedAt: number | null;
}
export interface GitlabNote {
  id: number;
  issue: number;
  author: number;
  body: string;
  system: boolean;
  createdAt: number;
  updatedAt: number;
}
export const LINK_TYPES = ['relates_to', 'blocks', 'is_blocked_by'] as const;
export interface GitlabLink {
  id: number;
  source: number;
  target: number;
  type: 'relates_to' | 'blocks';
  createdAt: number;
}
/** What a GitLab has: `ce` knows no paid word, `free` refuses what is paid, `premium` has it. */
export type GitlabTier = 'ce' | 'free' | 'premium';

/** What a caller asks of an issue, in GitLab's own words. */
export interface IssueWrite extends Edit {
  assignee_ids?: readonly number[];
  confidential?: boolean;
  issue_type?: GitlabIssueType;
  state_event?: 'close' | 'reopen';
}

/** The issues of some projects, as GitLab keeps them: ids over all of them, numbers in each, times in milliseconds. */
export class GitlabState {
  readonly project: GitlabProject;
  readonly projects: readonly GitlabProject[];
  readonly users: readonly GitlabUser[];
  readonly tier: GitlabTier;
  /** Names of labels: they are told apart by case. */
  readonly labels = new Set<string>();
  readonly issues = new Map<number, GitlabIssue>();
  readonly notes = new Map<number, GitlabNote>();
  readonly links = new Map<number, GitlabLink>();
  readonly #now: () => number;
  readonly #numbers = new Map<number, number>();
  #ids = 7000;

  constructor(options: {
    projects: readonly [GitlabProject, ...GitlabProject[]];
    usernames: readonly string[];
    tier: GitlabTier;
    now: () => number;
  }) {
    this.projects = options.projects;
    [this.project] = options.projects;
    this.tier = options.tier;
    this.users = options.usernames.map((username, index) => ({ id: 100 + index, username, name: username }));
    this.#now = options.now;
  }

  get now(): number {
    return this.#now();
  }

  user(username: string): GitlabUser {
    const found = this.users.find((one) => one.username.toLowerCase() === username.toLowerCase());
    return found ?? refuse(404, '404 User Not Found');
  }

  /** By id or path. */
  projectNamed(name: string): GitlabProject {
    const found = this.projects.find(
      ({ id, path }) => String(id) === name || path.toLowerCase() === name.toLowerCase(),
    );
    return found ?? refuse(404, '404 Project Not Found');
  }

  byNumber(project: GitlabProject, iid: number): GitlabIssue {
    const found = [...this.issues.values()].find((one) => one.project === project.id && one.iid === iid);
    return found ?? refuse(404, '404 Issue Not Found');
  }

  issue(id: number): GitlabIssue {
    return this.issues.get(id) ?? refuse(404, '404 Issue Not Found');
  }

  /** As somebody makes an issue: quick actions in its text are done, and taken out of it. */
  create(author: string, given: IssueWrite & IssueText, project = this.project): GitlabIssue {
    const { title, description, quick } = this.#texts(given);
    if (title === undefined) return refuse(400, { title: ["can't be blank"] });
    const iid = (this.#numbers.get(project.id) ?? 0) + 1;
    this.#numbers.set(project.id, iid);
    const { now } = this;
    const issue: GitlabIssue = {
      id: this.#nextId(),
      iid,
      project: project.id,
      title,
      description: description ?? null,
      state: 'opened',
      type: given.issue_type ?? 'issue',
      author: this.user(author).id,
      labels: [],
      assignees: [],
      confidential: given.confidential ?? false,
      movedTo: null,
      duplicateOf: null,
      createdAt: now,
      updatedAt: now,
      closedAt: null,
    };
    this.#apply(issue, given, quick);
    this.issues.set(issue.id, issue);
    return issue;
  }

  /** Changes an issue; its time moves where something did. */
  change(id: number, given: IssueWrite): GitlabIssue {
    const issue = this.issue(id);
    const { title, description, quick } = this.#texts(given);
    const before = JSON.stringify(issue);
    if (title !== undefined) issue.title = title;
    if (description !== undefined) issue.description = description;
    if (given.confidential !== undefined) issue.confidential = given.confidential;
    if (given.issue_type !== undefined) issue.type = given.issue_type;
    this.#apply(issue, given, quick);
    if (JSON.stringify(issue) !== before) issue.updatedAt = this.now;
    return issue;
  }

  /** A note of a person. */
  note(author: string, issueId: number, body: string): GitlabNote {
    const issue = this.issue(issueId);
    if (body.trim() === '') return refuse(400, { note: ["can't be blank"] });
    const note = this.#addNote(issue, this.user(author).id, body, false);
    return note;
  }

  editNote(id: number, body: string): GitlabNote {
    const note = this.notes.get(id) ?? refuse(404, '404 Note Not Found');
    Object.assign(note, { body, updatedAt: this.now });
    return note;
  }

  /** Two issues have one relation at most. Both ends are noted, which moves their times. */
  link(sourceId: number, targetId: number, type: (typeof LINK_TYPES)[number]): GitlabLink {
    const [first, second] = [this.issue(sourceId), this.issue(targetId)];
    if (this.linksOf(first.id).some((link) => link.source === second.id || link.target === second.id))
      return refuse(409, 'Issue(s) already assigned');
    if (first.id === second.id)
      return refuse(422, `#${second.iid} cannot be added: cannot be related to itself`);
    if (type !== 'relates_to' && this.tier === 'free')
      return refuse(403, 'Blocked issues not available for current license');
    const [source, target] = type === 'is_blocked_by' ? [second, first] : [first, second];
    const link: GitlabLink = {
      id: this.#nextId(),
      source: source.id,
      target: target.id,
      type: type === 'relates_to' ? 'relates_to' : 'blocks',
      createdAt: this.now,
    };
    this.links.set(link.id, link);
    for (const end of [source, target]) this.#system(end, 'marked this issue as related to another');
    return link;
  }

  unlink(id: number): void {
    const link = this.links.get(id) ?? refuse(404, '404 Not found');
    this.links.delete(id);
    for (const end of [link.source, link.target])
      this.#system(this.issue(end), 'removed the relation with another');
  }

  linksOf(id: number): GitlabLink[] {
    return [...this.links.values()].filter(({ source, target }) => source === id || target === id);
  }

  delete(id: number): void {
    this.issue(id);
    this.issues.delete(id);
    for (const link of this.linksOf(id)) this.links.delete(link.id);
    for (const note of this.notes.values()) if (note.issue === id) this.notes.delete(note.id);
  }

  /** The issue is closed here, and another one is there. */
  move(id: number, to: GitlabProject): GitlabIssue {
    const issue = this.issue(id);
    const { title, description, type, confidential } = issue;
    const author = this.users.find((one) => one.id === issue.author)?.username ?? '';
    const there = this.create(
      author,
      { title, description: description ?? '', issue_type: type, confidential },
      to,
    );
    Object.assign(there, { labels: [...issue.labels], assignees: [...issue.assignees] });
    Object.assign(issue, { state: 'closed', closedAt: this.now, movedTo: there.id });
    this.#system(issue, `moved to ${to.path}#${there.iid}`);
    return there;
  }

  /** Closes it as a duplicate, as a quick action does. */
  closeAsDuplicate(id: number, of: number): void {
    const issue = this.issue(id);
    Object.assign(issue, { state: 'closed', closedAt: this.now, duplicateOf: this.issue(of).id });
    this.#system(issue, 'marked this issue as a duplicate of another');
  }

  #texts(given: Edit): { title?: string; description?: string; quick: QuickEdits } {
    const quick = quickActions(given.description ?? '');
    const { title, description } = editOf(given);
    return {
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description: quick.text }),
      quick: quick.edits,
    };
  }

  #apply(issue: GitlabIssue, given: IssueWrite, quick: QuickEdits): void {
    const { labels, add_labels: added = [], remove_labels: removed = [] } = editOf(given);
    if (labels) issue.labels = [];
    for (const label of [...(labels ?? []), ...added, ...quick.labels]) this.#wear(issue, label);
    issue.labels = issue.labels.filter((label) => !removed.includes(label));
    if (given.assignee_ids) {
      const known = given.assignee_ids.filter((id) => this.users.some((user) => user.id === id));
      // Without a paid feature, the first alone is assigned, and nothing is said of the others.
      issue.assignees = [...new Set(known)].slice(0, this.tier === 'premium' ? 200 : 1);
    }
    const event = given.state_event ?? quick.event;
    if (event === 'close' && issue.state === 'opened')
      Object.assign(issue, { state: 'closed', closedAt: this.now });
    if (event === 'reopen' && issue.state === 'closed')
      Object.assign(issue, { state: 'opened', closedAt: null, duplicateOf: null });
  }

  /** A missing label is made. Of one scope, the last one stays where that is paid for. */
  #wear(issue: GitlabIssue, label: string): void {
    this.labels.add(label);
    const scope = /^(.*)::/.exec(label)?.[1];
    if (scope !== undefined && this.tier === 'premium')
      issue.labels = issue.labels.filter((one) => /^(.*)::/.exec(one)?.[1] !== scope);
    if (!issue.labels.includes(label)) issue.labels.push(label);
  }

  #system(issue: GitlabIssue, body: string): void {
    this.#addNote(issue, issue.author, body, true);
  }

  #addNote(issue: GitlabIssue, author: number, body: string, system: boolean): GitlabNote {
    const { now } = this;
    const note = {
      id: this.#nextId(),
      issue: issue.id,
      author,
      body,
      system,
      createdAt: now,
      updatedAt: now,
    };
    this.notes.set(note.id, note);
    issue.updatedAt = now;
    return note;
  }

  #nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }
}
