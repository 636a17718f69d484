import { seededRandom } from '../random.ts';
import type { VirtualTime } from '../virtual-time.ts';

export interface LinearUser {
  id: string;
  name: string;
  email: string;
  active: boolean;
  createdAt: string;
}

export interface LinearTeam {
  id: string;
  key: string;
  name: string;
  memberIds: string[];
  createdAt: string;
}

export interface LinearState {
  id: string;
  teamId: string;
  name: string;
  /** `triage`, `backlog`, `unstarted`, `started`, `completed`, `canceled`, `duplicate`; the vendor may add one. */
  type: string;
  position: number;
  createdAt: string;
}

export interface LinearLabel {
  id: string;
  /** Null: of the whole workspace. */
  teamId: string | null;
  name: string;
  isGroup: boolean;
  createdAt: string;
}

export interface LinearIssue {
  id: string;
  number: number;
  teamId: string;
  previousIdentifiers: string[];
  title: string;
  description: string | null;
  priority: number;
  stateId: string;
  /** Where it was before it became a duplicate. */
  stateBeforeDuplicate?: string;
  labelIds: string[];
  assigneeId: string | null;
  creatorId: string;
  parentId: string | null;
  createdAt: string;
  updatedAt: string;
  archivedAt: string | null;
  trashed: boolean;
}

export interface LinearRelation {
  id: string;
  issueId: string;
  relatedIssueId: string;
  type: string;
  createdAt: string;
}

export interface LinearComment {
  id: string;
  issueId: string;
  userId: string;
  body: string;
  createdAt: string;
  updatedAt: string;
}

export interface LinearAttachment {
  id: string;
  issueId: string;
  creatorId: string;
  url: string;
  title: string;
  subtitle: string | null;
  metadata: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
}

/** All that one workspace holds. */
/** The one organisation that is emulated. */
export const ORGANIZATION_ID = '0b7f0f0c-6a0c-4a3e-9a55-0f2f6d6c7a10';

export class LinearWorkspace {
  readonly time: VirtualTime;
  readonly users = new Map<string, LinearUser>();
  readonly teams = new Map<string, LinearTeam>();
  readonly states = new Map<string, LinearState>();
  readonly labels = new Map<string, LinearLabel>();
  readonly issues = new Map<string, LinearIssue>();
  readonly relations = new Map<string, LinearRelation>();
  readonly comments = new Map<string, LinearComment>();
  readonly attachments = new Map<string, LinearAttachment>();
  /** Ids once given are never given again. */
  readonly usedIds = new Set<string>();
  readonly #random: () => number;
  readonly #numbers = new Map<string, number>();
  /** Whose key the requests bring. */
  viewerId = '';

  constructor(time: VirtualTime, seed: number) {
    this.time = time;
    this.#random = seededRandom(seed);
  }

  get now(): string {
    return this.time.clock.now();
  }

  newId(): string {
    const hex = (length: number): string =>
      Array.from({ length }, () => Math.floor(this.#random() * 16).toString(16)).join('');
    const variant = '89ab'.charAt(Math.floor(this.#random() * 4));
    return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
  }

  nextNumber(teamId: string): number {
    const next = (this.#numbers.get(teamId) ?? 0) + 1;
    this.#numbers.set(teamId, next);
    return next;
  }

  identifier({ teamId, number }: LinearIssue): string {
    return `${this.teams.get(teamId)?.key ?? '?'}-${number}`;
  }

  /** By its UUID, or by what people call it. */
  issue(id: string): LinearIssue | undefined {
    const byId = this.issues.get(id);
    if (byId) return byId;
    const wanted = id.toUpperCase();
    for (const issue of this.issues.values()) {
      if (this.identifier(issue) === wanted || issue.previousIdentifiers.includes(wanted)) return issue;
    }
    return undefined;
  }

  statesOf(teamId: string): LinearState[] {
    return [...this.states.values()]
      .filter((state) => state.teamId === teamId)
      .sort((a, b) => a.position - b.position);
  }

  labelsOf(teamId: string): LinearLabel[] {
    return [...this.labels.values()].filter((label) => label.teamId === null || label.teamId === teamId);
  }

  touch(issue: LinearIssue): void {
    issue.updatedAt = this.now;
  }
}
