import {
  type CanonicalIssue,
  type CanonicalLink,
  CapabilityNotSupportedError,
  type Comment,
  canonicalIssue,
  type ExternalRef,
  IssueNotFoundError,
  type IssuePatch,
  type Page,
  refIdentity,
  SyncConflictError,
  type TaskTrackerConnector,
  type TrackerCapabilities,
  type WriteOptions,
} from '../../src/index.ts';

export const FULL: TrackerCapabilities = {
  supportsWebhooks: false,
  supportsComments: true,
  supportsHierarchy: true,
  supportsDependencies: true,
  supportsCustomFields: true,
  supportsMultiAssignee: true,
  supportsSprintsOrCycles: false,
  supportsBulkRead: false,
  supportsBulkWrite: false,
  supportsDelete: false,
  supportsAssignment: true,
  supportsTerminalTransition: true,
  supportsCommentEdits: true,
  supportsOptimisticConcurrency: true,
};

/** Thrown in place of everything that a stopped process would not have done. */
export class Crash extends Error {}

/** A fault at one call: the number counts every call of the connector from 0. */
export interface Fault {
  at: number;
  when: 'before' | 'after';
  error: Error;
}

export const ISSUE_REF: ExternalRef = { system: 'fake', workspace: 'w', id: '1', key: 'F-1' };

/** One issue and its comments; refuses what its capabilities do not hold, counts writes, fails where it is told. */
export class FakeConnector implements TaskTrackerConnector {
  readonly name = 'fake';
  readonly workspace = 'w';
  readonly capabilities: TrackerCapabilities;
  issue: CanonicalIssue;
  comments: Comment[] = [];
  /** Every call in order; writes with their key. */
  calls: string[] = [];
  writes: { call: string; options: WriteOptions }[] = [];
  faults: Fault[] = [];
  refuseStatus: Error | undefined;
  /** Runs before each `updateIssue`: what a person does meanwhile. */
  beforeUpdate: (() => void) | undefined;

  constructor(capabilities: Partial<TrackerCapabilities> = {}, issue: Partial<CanonicalIssue> = {}) {
    this.capabilities = { ...FULL, ...capabilities };
    this.issue = canonicalIssue({ ref: ISSUE_REF, title: 'An issue', version: '1', ...issue });
  }

  get commentBodies(): string[] {
    return this.comments.map(({ body }) => body);
  }

  async #call<T>(call: string, effect: () => T): Promise<T> {
    const at = this.calls.push(call) - 1;
    const fault = this.faults.find((candidate) => candidate.at === at);
    if (fault?.when === 'before') throw fault.error;
    const answer = effect();
    if (fault) throw fault.error;
    return answer;
  }

  #write<T>(call: string, options: WriteOptions | undefined, effect: () => T): Promise<T> {
    if (!options?.idempotencyKey) throw new Error(`${call} without a key`);
    return this.#call(call, () => {
      this.writes.push({ call, options });
      return effect();
    });
  }

  #check(ref: ExternalRef): void {
    if (refIdentity(ref) !== refIdentity(ISSUE_REF))
      throw new IssueNotFoundError('no such issue', { issueRef: ref });
  }

  #change(patch: IssuePatch): CanonicalIssue {
    const version = String(Number(this.issue.version) + 1);
    this.issue = structuredClone({ ...this.issue, ...patch, version });
    return structuredClone(this.issue);
  }

  getCapabilities(): Promise<TrackerCapabilities> {
    return this.#call('getCapabilities', () => structuredClone(this.capabilities));
  }

  listIssues(): Promise<Page<CanonicalIssue>> {
    throw new Error('nobody lists here');
  }

  createIssue(): Promise<CanonicalIssue> {
    throw new Error('nobody creates here');
  }

  getIssue(ref: ExternalRef): Promise<CanonicalIssue> {
    this.#check(ref);
    return this.#call('getIssue', () => structuredClone(this.issue));
  }

  updateIssue(ref: ExternalRef, patch: IssuePatch, options?: WriteOptions): Promise<CanonicalIssue> {
    this.#check(ref);
    if (patch.customFields && !this.capabilities.supportsCustomFields) {
      throw new CapabilityNotSupportedError('no custom fields', { capability: 'customFields' });
    }
    this.beforeUpdate?.();
    return this.#write('updateIssue', options, () => {
      if (options?.ifVersion !== undefined && options.ifVersion !== this.issue.version) {
        throw new SyncConflictError('the issue has changed');
      }
      return this.#change(patch);
    });
  }

  transitionIssue(
    ref: ExternalRef,
    status: CanonicalIssue['status'],
    options?: WriteOptions,
  ): Promise<CanonicalIssue> {
    this.#check(ref);
    return this.#write('transitionIssue', options, () => {
      if (this.refuseStatus) throw this.refuseStatus;
      return this.#change({ status });
    });
  }

  upsertLink(ref: ExternalRef, link: CanonicalLink, options?: WriteOptions): Promise<void> {
    this.#check(ref);
    if (!this.capabilities.supportsDependencies) {
      throw new CapabilityNotSupportedError('no links', { capability: 'links' });
    }
    return this.#write('upsertLink', options, () => {
      this.#change({ links: [...this.issue.links, link] });
    });
  }

  addComment(ref: ExternalRef, body: string, options?: WriteOptions): Promise<void> {
    this.#check(ref);
    if (!this.capabilities.supportsComments) {
      throw new CapabilityNotSupportedError('no comments', { capability: 'supportsComments' });
    }
    return this.#write('addComment', options, () => {
      this.comment(body);
    });
  }

  listComments(ref: ExternalRef): Promise<Comment[]> {
    this.#check(ref);
    if (!this.capabilities.supportsCommentEdits) throw new Error('comments cannot be read here');
    return this.#call('listComments', () => structuredClone(this.comments));
  }

  updateComment(ref: ExternalRef, id: string, body: string, options?: WriteOptions): Promise<void> {
    this.#check(ref);
    return this.#write('updateComment', options, () => {
      const comment = this.comments.find((candidate) => candidate.id === id);
      if (!comment?.ours) throw new Error(`comment ${id} is not ours`);
      comment.body = body;
    });
  }

  /** Somebody's comment, by default our own account's. */
  comment(body: string, ours = true): void {
    const id = `c${this.comments.length + 1}`;
    this.comments.push({ id, author: ours ? 'us' : 'them', ours, body, createdAt: null, updatedAt: null });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
