import { addComment, archive, attach } from './mutations.ts';
import type { LinearIssue, LinearLabel, LinearState, LinearWorkspace } from './state.ts';
import { checkInput, createIssue, type IssueInput, updateIssue } from './writes.ts';

/** What a person says of an issue; names are looked up, labels are made where there are none. */
export interface PersonalFields {
  title?: string;
  description?: string | null;
  /** 0 none, 1 urgent, 2 high, 3 medium, 4 low. */
  priority?: number;
  /** The name of a state of the team. */
  state?: string;
  labels?: string[];
  assigneeId?: string | null;
  parentId?: string | null;
}

/** What somebody does who works at Linear itself. It is no request, and counts as none. */
export class LinearPeople {
  readonly #workspace: LinearWorkspace;
  readonly #teamId: string;
  /** Who does it: not the account of the key. */
  readonly userId: string;

  constructor(workspace: LinearWorkspace, teamId: string, userId: string) {
    this.#workspace = workspace;
    this.#teamId = teamId;
    this.userId = userId;
  }

  /** Makes issues, `everyMs` apart. Their ids, in the same order. */
  createIssues(fields: readonly (PersonalFields & { title: string })[], everyMs = 1): string[] {
    return fields.map((one) => {
      this.#workspace.time.advance(everyMs);
      return createIssue(
        this.#workspace,
        { ...this.#input(one), teamId: this.#teamId, title: one.title },
        this.userId,
      ).id;
    });
  }

  createIssue(fields: PersonalFields & { title: string }): string {
    const [id = ''] = this.createIssues([fields]);
    return id;
  }

  edit(id: string, fields: PersonalFields): void {
    this.#workspace.time.advance(1);
    updateIssue(this.#workspace, this.issue(id), this.#input(fields));
  }

  archive(id: string): void {
    this.#workspace.time.advance(1);
    archive(this.#workspace, this.issue(id), false);
  }

  /** Puts it into the trash, from where it may come back for 30 days. */
  remove(id: string): void {
    this.#workspace.time.advance(1);
    archive(this.#workspace, this.issue(id), true);
  }

  comment(id: string, body: string): string {
    this.#workspace.time.advance(1);
    return addComment(this.#workspace, this.issue(id), body, this.userId).id;
  }

  attach(id: string, url: string, metadata: Record<string, unknown>): void {
    this.#workspace.time.advance(1);
    attach(this.#workspace, this.issue(id), { issueId: id, url, title: 'A link', metadata }, this.userId);
  }

  relate(issueId: string, type: string, relatedIssueId: string): void {
    this.#workspace.time.advance(1);
    const id = this.#workspace.newId();
    this.#workspace.relations.set(id, {
      id,
      issueId,
      relatedIssueId,
      type,
      createdAt: this.#workspace.now,
    });
    for (const end of [issueId, relatedIssueId]) this.#workspace.touch(this.issue(end));
  }

  /** The issue keeps its id, gets a number of the other team, and its first state; labels of the old team go. */
  moveToTeam(id: string, teamId: string): void {
    this.#workspace.time.advance(1);
    const issue = this.issue(id);
    issue.previousIdentifiers.push(this.#workspace.identifier(issue));
    issue.teamId = teamId;
    issue.number = this.#workspace.nextNumber(teamId);
    issue.stateId = this.#workspace.statesOf(teamId)[0]?.id ?? issue.stateId;
    const held = new Set(this.#workspace.labelsOf(teamId).map((label) => label.id));
    issue.labelIds = issue.labelIds.filter((label) => held.has(label));
    this.#workspace.touch(issue);
  }

  addState(name: string, type: string): LinearState {
    const position = Math.max(0, ...this.#workspace.statesOf(this.#teamId).map((one) => one.position)) + 1;
    const state: LinearState = {
      id: this.#workspace.newId(),
      teamId: this.#teamId,
      name,
      type,
      position,
      createdAt: this.#workspace.now,
    };
    this.#workspace.states.set(state.id, state);
    return state;
  }

  /** A label of the team, made where there is none. */
  label(name: string, { isGroup = false }: { isGroup?: boolean } = {}): LinearLabel {
    const held = this.#workspace.labelsOf(this.#teamId).find((one) => one.name === name);
    if (held) return held;
    const id = this.#workspace.newId();
    const label: LinearLabel = { id, teamId: this.#teamId, name, isGroup, createdAt: this.#workspace.now };
    this.#workspace.labels.set(id, label);
    return label;
  }

  /** @throws Error where there is none. */
  issue(id: string): LinearIssue {
    const issue = this.#workspace.issues.get(id);
    if (!issue) throw new Error(`the emulator has no issue ${id}`);
    return issue;
  }

  #input({ state, labels, title, description, priority, assigneeId, parentId }: PersonalFields): IssueInput {
    const input: IssueInput = {};
    if (title !== undefined) input.title = title;
    if (description !== undefined) input.description = description;
    if (priority !== undefined) input.priority = priority;
    if (assigneeId !== undefined) input.assigneeId = assigneeId;
    if (parentId !== undefined) input.parentId = parentId;
    if (labels !== undefined) input.labelIds = labels.map((name) => this.label(name).id);
    if (state !== undefined) {
      const found = this.#workspace.statesOf(this.#teamId).find(({ name }) => name === state);
      if (!found) throw new Error(`the emulator has no state ${state}`);
      input.stateId = found.id;
    }
    checkInput(this.#workspace, { title: 'of a person', ...input }, this.#teamId);
    return input;
  }
}
