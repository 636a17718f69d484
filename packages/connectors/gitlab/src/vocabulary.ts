import {
  CANONICAL_ISSUE_TYPES,
  type CanonicalIssueType,
  type CanonicalStatus,
  type Priority,
} from '@spec-kitty/tracker-core';
import type { GitLabConfig, LabelledStatus } from './config.ts';

/** Of several that an issue wears, the first counts. */
const OPEN: readonly LabelledStatus[] = ['blocked', 'in_review', 'in_progress'];
const LABELLED: readonly LabelledStatus[] = [...OPEN, 'canceled'];
const PRIORITIES = [0, 1, 2, 3, 4] as const;

/** What GitLab's own types are here, where no label says otherwise; the others are tasks. */
const OWN_TYPES: Readonly<Record<string, CanonicalIssueType>> = { incident: 'bug', task: 'subtask' };

export type Kind = 'status' | 'priority' | 'type';

/** Which labels and types stand for what, as configured. GitLab tells labels apart by their case. */
export class Vocabulary {
  readonly #statuses: GitLabConfig['statusLabels'];
  readonly #priorities: GitLabConfig['priorityLabels'];
  readonly #types: GitLabConfig['typeLabels'];

  constructor({ statusLabels, priorityLabels, typeLabels }: GitLabConfig) {
    this.#statuses = statusLabels;
    this.#priorities = priorityLabels;
    this.#types = typeLabels;
  }

  /** Whether a label stands for a status, a priority or a type: then it is no label of the canonical issue. */
  isMeaning(label: string): boolean {
    return [this.#statuses, this.#priorities, this.#types].some((labels) =>
      Object.values(labels).includes(label),
    );
  }

  statusLabel(status: CanonicalStatus): string | undefined {
    const known = LABELLED.find((one) => one === status);
    return known && this.#statuses[known];
  }

  priorityLabel(priority: Exclude<Priority, null>): string | undefined {
    return this.#priorities[`${priority}`];
  }

  typeLabel(type: CanonicalIssueType): string | undefined {
    return this.#types[type];
  }

  /** Every label of its kind that an issue wears: what a new one takes the place of. */
  worn(labels: readonly string[], kind: Kind): string[] {
    const given = { status: this.#statuses, priority: this.#priorities, type: this.#types }[kind];
    const known = new Set<string>(Object.values(given));
    return labels.filter((label) => known.has(label));
  }

  statusOf(isClosed: boolean, isDuplicate: boolean, labels: readonly string[]): CanonicalStatus {
    const wears = (status: LabelledStatus): boolean => labels.includes(this.#statuses[status] ?? '');
    if (isClosed) return isDuplicate || wears('canceled') ? 'canceled' : 'done';
    return OPEN.find(wears) ?? 'todo';
  }

  priorityOf(labels: readonly string[]): Priority {
    return PRIORITIES.find((one) => labels.includes(this.#priorities[`${one}`] ?? '')) ?? null;
  }

  typeOf(own: string, labels: readonly string[]): CanonicalIssueType {
    return CANONICAL_ISSUE_TYPES.find((type) => labels.includes(this.#types[type] ?? '')) ?? ownTypeOf(own);
  }

  /** Whether every value of these fields can be written. */
  get holds(): { status: boolean; priority: boolean; issueType: boolean } {
    return {
      status: LABELLED.every((status) => this.#statuses[status] !== undefined),
      priority: PRIORITIES.every((priority) => this.#priorities[`${priority}`] !== undefined),
      issueType: CANONICAL_ISSUE_TYPES.every(
        (type) => this.#types[type] !== undefined || typeWithout(type) !== undefined,
      ),
    };
  }
}

/** What one of GitLab's own types is here. */
export function ownTypeOf(own: string): CanonicalIssueType {
  return (Object.hasOwn(OWN_TYPES, own) ? OWN_TYPES[own] : undefined) ?? 'task';
}

/** GitLab's own type for one that has no label; undefined where there is none. */
export function typeWithout(type: CanonicalIssueType): string | undefined {
  if (type === 'task') return 'issue';
  return Object.keys(OWN_TYPES).find((own) => OWN_TYPES[own] === type);
}
