import { type GithubComment, type GithubIssue, GithubRefusal, type GithubState, notFound } from './state.ts';

/** What a caller sees of a repository. */
export interface Viewpoint {
  state: GithubState;
  viewer: string;
  /** Issues that were created later than this are in no listing yet. */
  listedUntil: number;
  rateLimit: () => Record<string, unknown>;
}

export type View = Record<string, unknown>;

interface PageArguments {
  first?: number | null;
  after?: string | null;
}

interface Entry<T> {
  /** Where it stands in its listing: what changes moves. */
  place: string;
  value: T;
}

/** A page as GitHub cuts it: a cursor is a place in the order and no count. */
function connection<T>(entries: Entry<T>[], view: (value: T) => View, page: PageArguments): View {
  const from = page.after == null ? '' : placeIn(page.after);
  const after = entries.filter(({ place }) => place > from);
  const nodes = after.slice(0, page.first ?? 0);
  const last = nodes.at(-1);
  return {
    totalCount: entries.length,
    nodes: nodes.map(({ value }) => view(value)),
    pageInfo: {
      hasNextPage: after.length > nodes.length,
      hasPreviousPage: page.after != null,
      startCursor: nodes[0] ? cursorOf(nodes[0].place) : null,
      endCursor: last ? cursorOf(last.place) : null,
    },
  };
}

const cursorOf = (place: string): string => Buffer.from(`cursor:v2:${place}`).toString('base64');

function placeIn(cursor: string): string {
  const text = Buffer.from(cursor, 'base64').toString();
  if (text.startsWith('cursor:v2:')) return text.slice('cursor:v2:'.length);
  throw new GithubRefusal('INVALID_CURSOR_ARGUMENTS', `\`${cursor}\` does not appear to be a valid cursor.`);
}

const digits = (value: number, length: number): string => String(value).padStart(length, '0');
const dated = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

interface IssueArguments extends PageArguments {
  filterBy?: {
    assignee?: string | null;
    createdBy?: string | null;
    labels?: string[] | null;
    since?: string | null;
    states?: string[] | null;
  } | null;
  states?: string[] | null;
  labels?: string[] | null;
  orderBy?: { field: 'COMMENTS' | 'CREATED_AT' | 'UPDATED_AT'; direction: 'ASC' | 'DESC' } | null;
}

/** Makes the objects that a query walks. */
export class Views {
  readonly #at: Viewpoint;

  constructor(viewpoint: Viewpoint) {
    this.#at = viewpoint;
  }

  root(): View {
    const { state, viewer, rateLimit } = this.#at;
    return {
      viewer: () => this.user(viewer),
      user: ({ login }: { login: string }) => {
        const found = state.user(login);
        if (found) return this.user(found.login);
        throw new GithubRefusal('NOT_FOUND', `Could not resolve to a User with the login of '${login}'.`);
      },
      repository: ({ owner, name }: { owner: string; name: string }) => {
        if (state.isNamed(owner, name)) return this.repository();
        throw new GithubRefusal(
          'NOT_FOUND',
          `Could not resolve to a Repository with the name '${owner}/${name}'.`,
        );
      },
      repositoryOwner: ({ login }: { login: string }) =>
        login.toLowerCase() === state.owner.toLowerCase()
          ? this.organization()
          : state.user(login)
            ? this.user(login)
            : null,
      node: ({ id }: { id: string }) => this.node(id),
      // An error in its place, as GitHub answers for each that is not there.
      nodes: ({ ids }: { ids: string[] }) => ids.map((id) => this.#nodeOrError(id)),
      rateLimit,
    };
  }

  node(id: string): View {
    const { state } = this.#at;
    if (id === state.repositoryId) return this.repository();
    const issue = state.issues.get(id);
    if (issue) return this.issue(issue);
    const comment = state.comments.get(id);
    if (comment) return this.comment(comment);
    throw notFound(id);
  }

  issue(issue: GithubIssue): View {
    const { state, viewer } = this.#at;
    if (issue.isPullRequest) {
      return { __typename: 'PullRequest', id: issue.id, number: issue.number, title: issue.title };
    }
    const listed = (ids: string[], page: PageArguments): View =>
      connection(
        ids.flatMap((id, index) => {
          const value = state.issues.get(id);
          return value ? [{ place: digits(index, 6), value }] : [];
        }),
        (one) => this.issue(one),
        page,
      );
    return {
      __typename: 'Issue',
      id: issue.id,
      number: issue.number,
      title: issue.title,
      body: issue.body,
      state: issue.state,
      // Without the argument a duplicate is told as not planned.
      stateReason: ({ enableDuplicate }: { enableDuplicate: boolean }) =>
        issue.stateReason === 'DUPLICATE' && !enableDuplicate ? 'NOT_PLANNED' : issue.stateReason,
      closed: issue.state === 'CLOSED',
      createdAt: dated(issue.createdAt),
      updatedAt: dated(issue.updatedAt),
      url: `https://github.com/${state.owner}/${state.name}/issues/${issue.number}`,
      author: () => this.user(issue.author),
      viewerDidAuthor: issue.author === viewer,
      repository: () => this.repository(),
      issueType: () => {
        const type = state.types.find(({ id }) => id === issue.type);
        return type ? { __typename: 'IssueType', ...type, isEnabled: true } : null;
      },
      parent: () => {
        const parent = issue.parent === null ? undefined : state.issues.get(issue.parent);
        return parent ? this.issue(parent) : null;
      },
      duplicateOf: () => {
        const original = issue.duplicateOf === null ? undefined : state.issues.get(issue.duplicateOf);
        return original ? this.issue(original) : null;
      },
      blockedBy: (page: PageArguments) => listed(issue.blockedBy, page),
      blocking: (page: PageArguments) =>
        listed(
          [...state.issues.values()].filter((one) => one.blockedBy.includes(issue.id)).map(({ id }) => id),
          page,
        ),
      labels: (page: PageArguments) =>
        connection(
          issue.labels.flatMap((id, index) => {
            const value = state.labels.get(id);
            return value ? [{ place: digits(index, 6), value }] : [];
          }),
          (label) => ({ __typename: 'Label', ...label }),
          page,
        ),
      assignees: (page: PageArguments) =>
        connection(
          state.users
            .filter(({ id }) => issue.assignees.includes(id))
            .map((value, index) => ({ place: digits(index, 6), value })),
          ({ login }) => this.user(login),
          page,
        ),
      comments: (page: PageArguments) =>
        connection(
          [...state.comments.values()]
            .filter((one) => one.issue === issue.id)
            .map((value, index) => ({ place: digits(index, 6), value })),
          (one) => this.comment(one),
          page,
        ),
    };
  }

  comment(comment: GithubComment): View {
    const { state, viewer } = this.#at;
    return {
      __typename: 'IssueComment',
      id: comment.id,
      body: comment.body,
      createdAt: dated(comment.createdAt),
      updatedAt: dated(comment.updatedAt),
      author: () => this.user(comment.author),
      viewerDidAuthor: comment.author === viewer,
      issue: () => this.issue(state.issue(comment.issue)),
    };
  }

  user(login: string): View {
    const user = this.#at.state.user(login);
    return {
      __typename: 'User',
      id: user?.id,
      login: user?.login ?? login,
      name: null,
      organizations: (page: PageArguments) =>
        connection([{ place: digits(0, 6), value: null }], () => this.organization(), page),
      repositories: (page: PageArguments) => connection([], () => ({}), page),
    };
  }

  /** That the repository belongs to. */
  organization(): View {
    const { owner } = this.#at.state;
    return {
      __typename: 'Organization',
      id: 'O_kgDOemulated',
      login: owner,
      repositories: (page: PageArguments) =>
        connection([{ place: digits(0, 6), value: null }], () => this.repository(), page),
    };
  }

  repository(): View {
    const { state } = this.#at;
    return {
      __typename: 'Repository',
      id: state.repositoryId,
      name: state.name,
      nameWithOwner: `${state.owner}/${state.name}`,
      hasIssuesEnabled: true,
      issue: ({ number }: { number: number }) => {
        const found = state.byNumber(number);
        if (found) return this.issue(found);
        throw new GithubRefusal('NOT_FOUND', `Could not resolve to an Issue with the number of ${number}.`);
      },
      issues: (given: IssueArguments) => this.#issues(given),
      labels: (page: PageArguments) =>
        connection(
          [...state.labels.values()].map((value, index) => ({ place: digits(index, 6), value })),
          (label) => ({ __typename: 'Label', ...label }),
          page,
        ),
      issueTypes: (page: PageArguments) =>
        connection(
          state.types.map((value, index) => ({ place: digits(index, 6), value })),
          (type) => ({ __typename: 'IssueType', ...type, isEnabled: true }),
          page,
        ),
    };
  }

  #nodeOrError(id: string): View | Error {
    try {
      return this.node(id);
    } catch (error) {
      if (error instanceof GithubRefusal) return error;
      throw error;
    }
  }

  #issues({ filterBy, orderBy, states, labels, ...page }: IssueArguments): View {
    const { state, listedUntil } = this.#at;
    const since = filterBy?.since == null ? undefined : Date.parse(filterBy.since);
    // A time as old as the epoch finds nothing.
    if (since !== undefined && (Number.isNaN(since) || since <= 0)) return connection([], () => ({}), page);
    const has = (issue: GithubIssue, name: string): boolean =>
      issue.labels.some((id) => state.labels.get(id)?.name.toLowerCase() === name.toLowerCase());
    const wantedStates = states ?? filterBy?.states;
    const kept = [...state.issues.values()].filter(
      (issue) =>
        !issue.isPullRequest &&
        issue.createdAt <= listedUntil &&
        (since === undefined || issue.updatedAt >= since) &&
        (wantedStates == null || wantedStates.includes(issue.state)) &&
        (labels == null || labels.some((name) => has(issue, name))) &&
        (filterBy?.labels ?? []).every((name) => has(issue, name)) &&
        (filterBy?.createdBy == null || issue.author.toLowerCase() === filterBy.createdBy.toLowerCase()) &&
        (filterBy?.assignee == null ||
          issue.assignees.some((id) => id === state.user(filterBy.assignee ?? '')?.id)),
    );
    const byUpdate = orderBy?.field === 'UPDATED_AT';
    const placed = kept
      .map((value) => ({
        place: `${digits(byUpdate ? value.updatedAt : value.createdAt, 15)} ${digits(value.number, 9)}`,
        value,
      }))
      .sort((a, b) => (a.place < b.place ? -1 : 1));
    if (orderBy?.direction === 'DESC')
      throw new GithubRefusal('UNPROCESSABLE', 'this emulator lists the oldest first alone');
    return connection(placed, (issue) => this.issue(issue), page);
  }
}
