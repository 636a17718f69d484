import {
  type CanonicalIssue,
  CapabilityNotSupportedError,
  IssueNotFoundError,
  type ListQuery,
  type Page,
  type TaskTrackerConnector,
  type TrackerCapabilities,
} from '@spec-kitty/tracker-core';
import type { Stopwatch } from '../measure/stopwatch.ts';
import { SYSTEM, syntheticIssues, WORKSPACE } from './synthetic-issue.ts';

const CAPABILITIES: TrackerCapabilities = {
  supportsWebhooks: false,
  supportsComments: false,
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
  supportsWrite: false,
};

const refuse = async (): Promise<never> => {
  throw new CapabilityNotSupportedError('the synthetic tracker is only read', {
    capability: 'supportsWrite',
  });
};

/** A tracker of `size` issues that are made when they are asked for: only one page exists at a time. */
export class SyntheticConnector implements TaskTrackerConnector {
  readonly name: string = SYSTEM;
  readonly workspace: string = WORKSPACE;
  readonly createIssue: () => Promise<never> = refuse;
  readonly updateIssue: () => Promise<never> = refuse;
  readonly transitionIssue: () => Promise<never> = refuse;
  readonly upsertLink: () => Promise<never> = refuse;
  readonly addComment: () => Promise<never> = refuse;
  readonly #size: number;
  readonly #making: Stopwatch;

  /** `making` takes the time that the pages cost to make, so that it can be left out of what is measured. */
  constructor(size: number, making: Stopwatch) {
    this.#size = size;
    this.#making = making;
  }

  async getCapabilities(): Promise<TrackerCapabilities> {
    return CAPABILITIES;
  }

  async listIssues({ cursor, limit }: ListQuery): Promise<Page<CanonicalIssue>> {
    return this.#making.time(() => {
      const start = Number(cursor ?? 0);
      const end = start + limit;
      const items = syntheticIssues(start, end, this.#size);
      return end < this.#size ? { items, nextCursor: String(end) } : { items };
    });
  }

  async getIssue(): Promise<CanonicalIssue> {
    throw new IssueNotFoundError('the synthetic tracker is only listed');
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
