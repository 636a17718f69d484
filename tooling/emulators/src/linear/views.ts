import {
  type Filter,
  meetsAttachment,
  meetsIssue,
  meetsLabel,
  meetsState,
  meetsTeam,
  meetsUser,
} from './filters.ts';
import { notFound, refuse } from './refusal.ts';
import {
  type LinearAttachment,
  type LinearComment,
  type LinearIssue,
  type LinearLabel,
  type LinearRelation,
  type LinearState,
  type LinearTeam,
  type LinearUser,
  type LinearWorkspace,
  ORGANIZATION_ID,
} from './state.ts';

/** What GraphQL executes over: plain values, and functions for what takes arguments or leads elsewhere. */
type View = { readonly [field: string]: unknown };

export interface ConnectionArguments {
  first?: number | null;
  after?: string | null;
  filter?: Filter | null;
  includeArchived?: boolean | null;
  orderBy?: 'createdAt' | 'updatedAt' | null;
}

const DEFAULT_FIRST = 50;

/** A page after the node that the cursor names. That node is looked for where it stands now. */
export function connection<T extends { id: string }>(
  all: readonly T[],
  { first, after }: ConnectionArguments,
  view: (item: T) => View,
): View {
  const start = after == null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  if (after != null && start === 0) refuse('Argument Validation Error', 'after is no cursor of this listing');
  const items = all.slice(start, start + (first ?? DEFAULT_FIRST));
  return {
    nodes: () => items.map(view),
    pageInfo: {
      endCursor: items.at(-1)?.id ?? null,
      startCursor: items[0]?.id ?? null,
      hasNextPage: start + items.length < all.length,
      hasPreviousPage: start > 0,
    },
  };
}

/** A workspace as GraphQL shows it. */
export class Views {
  readonly #workspace: LinearWorkspace;

  constructor(workspace: LinearWorkspace) {
    this.#workspace = workspace;
  }

  readonly user = (user: LinearUser): View => ({
    id: user.id,
    name: user.name,
    displayName: user.name.toLowerCase(),
    email: user.email,
    active: user.active,
    isMe: user.id === this.#workspace.viewerId,
    createdAt: user.createdAt,
    updatedAt: user.createdAt,
  });

  readonly state = (state: LinearState): View => ({
    id: state.id,
    name: state.name,
    type: state.type,
    position: state.position,
    color: '#95a2b3',
    archivedAt: null,
    createdAt: state.createdAt,
    updatedAt: state.createdAt,
    team: () => this.#teamOf(state.teamId),
  });

  readonly label = (label: LinearLabel): View => ({
    id: label.id,
    name: label.name,
    isGroup: label.isGroup,
    color: '#95a2b3',
    archivedAt: null,
    createdAt: label.createdAt,
    updatedAt: label.createdAt,
    team: () => (label.teamId === null ? null : this.#teamOf(label.teamId)),
  });

  readonly team = (team: LinearTeam): View => ({
    id: team.id,
    key: team.key,
    name: team.name,
    createdAt: team.createdAt,
    updatedAt: team.createdAt,
    states: (args: ConnectionArguments) =>
      connection(this.#met(this.#workspace.statesOf(team.id), args, meetsState), args, this.state),
    labels: (args: ConnectionArguments) =>
      connection(this.#met(this.#workspace.labelsOf(team.id), args, meetsLabel), args, this.label),
    members: (args: ConnectionArguments) =>
      connection(
        this.#met(
          team.memberIds.flatMap((id) => this.#workspace.users.get(id) ?? []),
          args,
          meetsUser,
        ),
        args,
        this.user,
      ),
  });

  readonly attachment = (one: LinearAttachment): View => ({
    ...one,
    creator: () => this.#userOf(one.creatorId),
    issue: () => this.#issueOf(one.issueId),
  });

  readonly comment = (one: LinearComment): View => ({
    ...one,
    user: () => this.#userOf(one.userId),
    issue: () => this.#issueOf(one.issueId),
  });

  readonly relation = (one: LinearRelation): View => ({
    ...one,
    updatedAt: one.createdAt,
    issue: () => this.#issueOf(one.issueId),
    relatedIssue: () => this.#issueOf(one.relatedIssueId),
  });

  readonly issue = (issue: LinearIssue): View => {
    const identifier = this.#workspace.identifier(issue);
    return {
      id: issue.id,
      number: issue.number,
      identifier,
      url: `https://linear.app/acme/issue/${identifier}`,
      title: issue.title,
      description: issue.description,
      priority: issue.priority,
      createdAt: issue.createdAt,
      updatedAt: issue.updatedAt,
      archivedAt: issue.archivedAt,
      trashed: issue.trashed ? true : null,
      labelIds: [...issue.labelIds],
      previousIdentifiers: [...issue.previousIdentifiers],
      state: () => this.#stateOf(issue.stateId),
      team: () => this.#teamOf(issue.teamId),
      creator: () => this.#userOf(issue.creatorId),
      assignee: () => (issue.assigneeId === null ? null : this.#userOf(issue.assigneeId)),
      parent: () => (issue.parentId === null ? null : this.#issueOf(issue.parentId)),
      labels: (args: ConnectionArguments) =>
        connection(
          this.#met(
            issue.labelIds.flatMap((id) => this.#workspace.labels.get(id) ?? []),
            args,
            meetsLabel,
          ),
          args,
          this.label,
        ),
      relations: (args: ConnectionArguments) =>
        connection(
          [...this.#workspace.relations.values()].filter(({ issueId }) => issueId === issue.id),
          args,
          this.relation,
        ),
      inverseRelations: (args: ConnectionArguments) =>
        connection(
          [...this.#workspace.relations.values()].filter(({ relatedIssueId }) => relatedIssueId === issue.id),
          args,
          this.relation,
        ),
      attachments: (args: ConnectionArguments) =>
        connection(
          [...this.#workspace.attachments.values()].filter(
            (one) => one.issueId === issue.id && (!args.filter || meetsAttachment(args.filter, one)),
          ),
          args,
          this.attachment,
        ),
      comments: (args: ConnectionArguments) =>
        connection(
          [...this.#workspace.comments.values()].filter(({ issueId }) => issueId === issue.id).reverse(),
          args,
          this.comment,
        ),
    };
  };

  /** The fields of `Query`. */
  query(): View {
    const workspace = this.#workspace;
    const all = <T>(map: ReadonlyMap<string, T>): T[] => [...map.values()];
    return {
      viewer: () => this.#userOf(workspace.viewerId),
      organization: () => ({ id: ORGANIZATION_ID, name: 'Acme', urlKey: 'acme' }),
      team: ({ id }: { id: string }) => this.#teamOf(id),
      teams: (args: ConnectionArguments) =>
        connection(
          this.#met(all(workspace.teams), args, () => meetsTeam),
          args,
          this.team,
        ),
      users: (args: ConnectionArguments) =>
        connection(this.#met(all(workspace.users), args, meetsUser), args, this.user),
      workflowStates: (args: ConnectionArguments) =>
        connection(this.#met(all(workspace.states), args, meetsState), args, this.state),
      issueLabels: (args: ConnectionArguments) =>
        connection(this.#met(all(workspace.labels), args, meetsLabel), args, this.label),
      issue: ({ id }: { id: string }) => this.issue(workspace.issue(id) ?? notFound('Issue')),
      issues: (args: ConnectionArguments) => this.#issues(args),
      comment: ({ id }: { id?: string | null }) =>
        this.comment(workspace.comments.get(id ?? '') ?? notFound('Comment')),
      attachmentsForURL: (args: ConnectionArguments & { url: string }) =>
        connection(
          all(workspace.attachments).filter(({ url }) => url === args.url),
          args,
          this.attachment,
        ),
    };
  }

  /** Newest first, as Linear has it. */
  #issues(args: ConnectionArguments): View {
    const { filter, includeArchived, orderBy } = args;
    const by = orderBy === 'updatedAt' ? 'updatedAt' : 'createdAt';
    const meets = meetsIssue(this.#workspace);
    const found = [...this.#workspace.issues.values()].filter(
      (issue) => (includeArchived || issue.archivedAt === null) && (!filter || meets(filter, issue)),
    );
    found.sort((a, b) => (a[by] === b[by] ? (a.id < b.id ? 1 : -1) : a[by] < b[by] ? 1 : -1));
    return connection(found, args, this.issue);
  }

  #met<T>(
    all: readonly T[],
    { filter }: ConnectionArguments,
    meets: (workspace: LinearWorkspace) => (filter: Filter, held: T) => boolean,
  ): T[] {
    return filter ? all.filter((one) => meets(this.#workspace)(filter, one)) : [...all];
  }

  #teamOf(id: string): View {
    return this.team(this.#workspace.teams.get(id) ?? notFound('Team'));
  }

  #userOf(id: string): View {
    return this.user(this.#workspace.users.get(id) ?? notFound('User'));
  }

  #stateOf(id: string): View {
    return this.state(this.#workspace.states.get(id) ?? notFound('WorkflowState'));
  }

  #issueOf(id: string): View {
    return this.issue(this.#workspace.issues.get(id) ?? notFound('Issue'));
  }
}
