import type { GraphQLError } from 'graphql';

export interface GithubUser {
  id: string;
  login: string;
}
export interface GithubLabel {
  id: string;
  name: string;
  color: string;
}
export interface GithubIssueType {
  id: string;
  name: string;
}
export interface GithubComment {
  id: string;
  issue: string;
  author: string;
  body: string;
  createdAt: number;
  updatedAt: number;
}
export interface GithubIssue {
  id: string;
  number: number;
  isPullRequest: boolean;
  title: string;
  body: string;
  state: 'OPEN' | 'CLOSED';
  stateReason: 'COMPLETED' | 'NOT_PLANNED' | 'DUPLICATE' | 'REOPENED' | null;
  author: string;
  /** Ids. */
  labels: string[];
  assignees: string[];
  type: string | null;
  parent: string | null;
  blockedBy: string[];
  duplicateOf: string | null;
  createdAt: number;
  updatedAt: number;
}

/** A refusal with the type that GitHub gives it beside its message. */
export class GithubRefusal extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

export const MAX_TITLE = 256;
export const MAX_BODY = 65_536;
const MAX_LABEL = 50;
const MAX_ASSIGNEES = 10;

const encoded = (prefix: string, number: number): string =>
  `${prefix}_kwDO${Buffer.from(`emulated:${number}`).toString('base64url')}`;

/** What one repository holds, as GitHub keeps it: times in whole seconds, ids that say nothing. */
export class GithubState {
  readonly repositoryId = 'R_kgDOemulated';
  readonly owner: string;
  name: string;
  /** What it was called before: GitHub still takes these names. */
  readonly formerNames = new Set<string>();
  readonly users: GithubUser[];
  readonly types: GithubIssueType[];
  readonly labels = new Map<string, GithubLabel>();
  readonly issues = new Map<string, GithubIssue>();
  readonly comments = new Map<string, GithubComment>();
  readonly #now: () => number;
  #count = 0;

  constructor(options: {
    owner: string;
    name: string;
    logins: readonly string[];
    types: readonly string[];
    now: () => number;
  }) {
    this.owner = options.owner;
    this.name = options.name;
    this.users = options.logins.map((login, index) => ({ id: encoded('U', index + 1), login }));
    this.types = options.types.map((name, index) => ({ id: encoded('IT', index + 1), name }));
    this.#now = options.now;
  }

  get seconds(): number {
    return Math.floor(this.#now() / 1000) * 1000;
  }

  /** Under its name, or one that it had. */
  isNamed(owner: string, name: string): boolean {
    const known = [this.name, ...this.formerNames].map((one) => one.toLowerCase());
    return owner.toLowerCase() === this.owner.toLowerCase() && known.includes(name.toLowerCase());
  }

  rename(name: string): void {
    this.formerNames.add(this.name);
    this.name = name;
  }

  user(login: string): GithubUser | undefined {
    return this.users.find((one) => one.login.toLowerCase() === login.toLowerCase());
  }

  byNumber(number: number): GithubIssue | undefined {
    return [...this.issues.values()].find((issue) => issue.number === number && !issue.isPullRequest);
  }

  /** @throws GithubRefusal NOT_FOUND */
  issue(id: string): GithubIssue {
    const found = this.issues.get(id);
    if (found && !found.isPullRequest) return found;
    throw notFound(id);
  }

  createLabel(name: string, color: string): GithubLabel {
    if (name.trim() === '' || [...name].length > MAX_LABEL)
      throw new GithubRefusal('UNPROCESSABLE', 'Name is invalid');
    if (!/^[0-9a-f]{6}$/i.test(color)) throw new GithubRefusal('UNPROCESSABLE', 'Color is invalid');
    if (this.labelNamed(name)) throw new GithubRefusal('UNPROCESSABLE', 'Name has already been taken');
    const label = { id: encoded('LA', this.labels.size + 1), name, color };
    this.labels.set(label.id, label);
    return label;
  }

  labelNamed(name: string): GithubLabel | undefined {
    return [...this.labels.values()].find((one) => one.name.toLowerCase() === name.toLowerCase());
  }

  create(author: string, given: Partial<GithubIssue> & { title: string }): GithubIssue {
    checkTexts(given);
    for (const id of given.labels ?? []) this.#label(id);
    this.#checkAssignees(given.assignees ?? []);
    if (given.type != null) this.#checkType(given.type);
    if (given.parent != null) this.issue(given.parent);
    this.#count += 1;
    const number = this.#count;
    const issue: GithubIssue = {
      isPullRequest: false,
      body: '',
      state: 'OPEN',
      stateReason: null,
      labels: [],
      assignees: [],
      type: null,
      parent: null,
      blockedBy: [],
      duplicateOf: null,
      createdAt: this.seconds,
      updatedAt: this.seconds,
      ...given,
      id: encoded(given.isPullRequest ? 'PR' : 'I', number),
      number,
      author,
    };
    this.issues.set(issue.id, issue);
    return issue;
  }

  /** Changes an issue; its time moves where something did. */
  change(id: string, changes: Partial<GithubIssue>): GithubIssue {
    const issue = this.issue(id);
    checkTexts(changes);
    if (changes.labels) for (const label of changes.labels) this.#label(label);
    if (changes.assignees) this.#checkAssignees(changes.assignees);
    if (changes.type != null) this.#checkType(changes.type);
    const before = JSON.stringify(issue);
    Object.assign(issue, changes);
    if (JSON.stringify(issue) !== before) issue.updatedAt = this.seconds;
    return issue;
  }

  comment(author: string, issueId: string, body: string): GithubComment {
    const issue = this.issues.get(issueId);
    if (!issue) throw notFound(issueId);
    checkComment(body);
    const comment = {
      id: encoded('IC', this.comments.size + 1),
      issue: issueId,
      author,
      body,
      createdAt: this.seconds,
      updatedAt: this.seconds,
    };
    this.comments.set(comment.id, comment);
    issue.updatedAt = this.seconds;
    return comment;
  }

  editComment(id: string, body: string): GithubComment {
    const comment = this.comments.get(id);
    if (!comment) throw notFound(id);
    checkComment(body);
    Object.assign(comment, { body, updatedAt: this.seconds });
    return comment;
  }

  delete(id: string): GithubIssue {
    const issue = this.issue(id);
    this.issues.delete(id);
    for (const other of this.issues.values()) {
      if (other.parent === id) other.parent = null;
      other.blockedBy = other.blockedBy.filter((one) => one !== id);
    }
    return issue;
  }

  #label(id: string): void {
    if (!this.labels.has(id)) throw notFound(id);
  }

  #checkAssignees(ids: readonly string[]): void {
    for (const id of ids) if (!this.users.some((user) => user.id === id)) throw notFound(id);
    if (ids.length > MAX_ASSIGNEES)
      throw new GithubRefusal('UNPROCESSABLE', `Assignees has too many (maximum is ${MAX_ASSIGNEES})`);
  }

  #checkType(id: string): void {
    if (!this.types.some((type) => type.id === id)) throw notFound(id);
  }
}

export function notFound(id: string): GithubRefusal {
  return new GithubRefusal('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
}

function checkTexts({ title, body }: { title?: string; body?: string }): void {
  if (title !== undefined && title.trim() === '')
    throw new GithubRefusal('UNPROCESSABLE', "Title can't be blank");
  if (title !== undefined && title.length > MAX_TITLE)
    throw new GithubRefusal('UNPROCESSABLE', `Title is too long (maximum is ${MAX_TITLE} characters)`);
  if (body !== undefined && body.length > MAX_BODY)
    throw new GithubRefusal('UNPROCESSABLE', `Body is too long (maximum is ${MAX_BODY} characters)`);
}

function checkComment(body: string): void {
  if (body.trim() === '') throw new GithubRefusal('UNPROCESSABLE', "Body can't be blank");
  checkTexts({ body });
}

/** An error as GitHub writes it: with a type beside the message. */
export function asGithubError(error: GraphQLError): Record<string, unknown> {
  const { originalError, message, path, locations } = error;
  const type = originalError instanceof GithubRefusal ? { type: originalError.type } : {};
  return { ...type, ...(path ? { path } : {}), ...(locations ? { locations } : {}), message };
}
