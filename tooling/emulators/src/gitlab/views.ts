import type { GitlabIssue, GitlabLink, GitlabNote, GitlabState } from './state.ts';

const dated = (ms: number): string => new Date(ms).toISOString();
type Json = Record<string, unknown>;

/** What GitLab answers of what it has: the same of an issue in a list as of one alone. */
export class GitlabViews {
  readonly #state: GitlabState;
  readonly #origin: string;

  /** @param origin with the path under which the server is. */
  constructor(state: GitlabState, origin: string) {
    this.#state = state;
    this.#origin = origin;
  }

  user(id: number): Json {
    const { username, name } = this.#state.users.find((one) => one.id === id) ?? {
      username: 'ghost',
      name: 'Ghost',
    };
    const web = `${this.#origin}/${username}`;
    return { id, username, name, state: 'active', avatar_url: `${web}.png`, web_url: web };
  }

  issue(issue: GitlabIssue): Json {
    const { project, iid } = issue;
    const path = this.#state.projectNamed(String(project)).path;
    const api = `${this.#origin}/api/v4/projects/${project}`;
    const assignees = issue.assignees.map((id) => this.user(id));
    const duplicateOf = issue.duplicateOf === null ? undefined : this.#state.issues.get(issue.duplicateOf);
    return {
      id: issue.id,
      iid,
      project_id: project,
      title: issue.title,
      description: issue.description,
      state: issue.state,
      created_at: dated(issue.createdAt),
      updated_at: dated(issue.updatedAt),
      closed_at: issue.closedAt === null ? null : dated(issue.closedAt),
      labels: issue.labels.toSorted(),
      milestone: null,
      assignees,
      author: this.user(issue.author),
      type: issue.type.toUpperCase(),
      assignee: assignees[0] ?? null,
      user_notes_count: [...this.#state.notes.values()].filter(
        (note) => note.issue === issue.id && !note.system,
      ).length,
      upvotes: 0,
      downvotes: 0,
      due_date: null,
      confidential: issue.confidential,
      discussion_locked: null,
      issue_type: issue.type,
      web_url: `${this.#origin}/${path}/-/issues/${iid}`,
      _links: {
        self: `${api}/issues/${iid}`,
        notes: `${api}/issues/${iid}/notes`,
        project: api,
        closed_as_duplicate_of: duplicateOf
          ? `${this.#origin}/api/v4/projects/${duplicateOf.project}/issues/${duplicateOf.iid}`
          : null,
      },
      references: { short: `#${iid}`, relative: `#${iid}`, full: `${path}#${iid}` },
      moved_to_id: issue.movedTo,
    };
  }

  /** The other end of a link, and what it is to `issue`. */
  related(issue: GitlabIssue, link: GitlabLink): Json {
    const isSource = link.source === issue.id;
    const type = link.type === 'relates_to' || isSource ? link.type : 'is_blocked_by';
    return {
      ...this.issue(this.#state.issue(isSource ? link.target : link.source)),
      issue_link_id: link.id,
      link_type: type,
      link_created_at: dated(link.createdAt),
      link_updated_at: dated(link.createdAt),
    };
  }

  link({ source, target, type }: GitlabLink): Json {
    const { issues } = this.#state;
    const [from, to] = [issues.get(source), issues.get(target)];
    return {
      source_issue: from && this.issue(from),
      target_issue: to && this.issue(to),
      link_type: type,
    };
  }

  note(note: GitlabNote): Json {
    const issue = this.#state.issue(note.issue);
    return {
      id: note.id,
      type: null,
      body: note.body,
      attachment: null,
      author: this.user(note.author),
      created_at: dated(note.createdAt),
      updated_at: dated(note.updatedAt),
      system: note.system,
      noteable_id: issue.id,
      noteable_iid: issue.iid,
      noteable_type: 'Issue',
      resolvable: false,
      confidential: false,
      internal: false,
      commands_changes: {},
    };
  }
}
