import {
  CANONICAL_ISSUE_TYPES,
  type CanonicalIssueType,
  type CanonicalStatus,
  type Priority,
} from '@spec-kitty/tracker-core';
import type { GitHubConfig, LabelledStatus } from './config.ts';

const folded = (text: string): string => text.toLowerCase();
const STATUSES: readonly LabelledStatus[] = ['blocked', 'in_review', 'in_progress'];
const PRIORITIES = [0, 1, 2, 3, 4] as const;

/** The names that organisations give to types, and what they are here; GitHub's own are Task, Bug and Feature. */
const TYPE_NAMES: Readonly<Record<string, CanonicalIssueType>> = {
  task: 'task',
  bug: 'bug',
  feature: 'story',
  story: 'story',
  'user story': 'story',
  epic: 'epic',
  chore: 'chore',
  subtask: 'subtask',
  'sub-task': 'subtask',
};

/** Which labels and types stand for what, as configured. */
export class Vocabulary {
  readonly #statuses: GitHubConfig['statusLabels'];
  readonly #priorities: GitHubConfig['priorityLabels'];
  readonly #types: GitHubConfig['typeLabels'];
  readonly #meanings: ReadonlySet<string>;

  constructor({ statusLabels, priorityLabels, typeLabels }: GitHubConfig) {
    this.#statuses = statusLabels;
    this.#priorities = priorityLabels;
    this.#types = typeLabels;
    const all = [statusLabels, priorityLabels, typeLabels ?? {}].flatMap((labels) => Object.values(labels));
    this.#meanings = new Set(all.map((label) => folded(String(label))));
  }

  /** Whether types are told by labels, and not by the issue types of the organisation. */
  get typesAreLabels(): boolean {
    return this.#types !== undefined;
  }

  /** Whether a label stands for a status, a priority or a type: then it is no label of the canonical issue. */
  isMeaning(label: string): boolean {
    return this.#meanings.has(folded(label));
  }

  statusLabel(status: CanonicalStatus): string | undefined {
    const known = STATUSES.find((one) => one === status);
    return known && this.#statuses[known];
  }

  priorityLabel(priority: Exclude<Priority, null>): string | undefined {
    return this.#priorities[`${priority}`];
  }

  typeLabel(type: CanonicalIssueType): string | undefined {
    return this.#types?.[type];
  }

  /** Every label of its kind that an issue wears: what a new one takes the place of. */
  worn(labels: readonly string[], kind: 'status' | 'priority' | 'type'): string[] {
    const given = { status: this.#statuses, priority: this.#priorities, type: this.#types ?? {} }[kind];
    const known = new Set(Object.values(given).map((label) => folded(String(label))));
    return labels.filter((label) => known.has(folded(label)));
  }

  statusOf(state: string, reason: string | null, labels: readonly string[]): CanonicalStatus {
    if (state === 'CLOSED') return reason === 'NOT_PLANNED' || reason === 'DUPLICATE' ? 'canceled' : 'done';
    const wears = new Set(labels.map(folded));
    return STATUSES.find((status) => wears.has(folded(this.#statuses[status] ?? ''))) ?? 'todo';
  }

  priorityOf(labels: readonly string[]): Priority {
    const wears = new Set(labels.map(folded));
    return PRIORITIES.find((priority) => wears.has(folded(this.#priorities[`${priority}`] ?? ''))) ?? null;
  }

  typeOf(name: string | undefined, labels: readonly string[]): CanonicalIssueType {
    if (this.#types) {
      const [types, wears] = [this.#types, new Set(labels.map(folded))];
      return CANONICAL_ISSUE_TYPES.find((type) => wears.has(folded(types[type] ?? ''))) ?? 'task';
    }
    return typeNamed(name) ?? 'task';
  }

  /** Whether every value of these fields has its label. */
  get holds(): { status: boolean; priority: boolean } {
    return {
      status: STATUSES.every((status) => this.#statuses[status] !== undefined),
      priority: PRIORITIES.every((priority) => this.#priorities[`${priority}`] !== undefined),
    };
  }
}

/** What a type of an organisation is here; undefined for one that has no canonical word. */
export function typeNamed(name: string | undefined): CanonicalIssueType | undefined {
  const known = folded(name ?? '');
  return Object.hasOwn(TYPE_NAMES, known) ? TYPE_NAMES[known] : undefined;
}
