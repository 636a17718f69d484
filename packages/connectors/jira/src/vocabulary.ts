import {
  CANONICAL_ISSUE_TYPES,
  CANONICAL_STATUSES,
  type CanonicalIssue,
  type CanonicalIssueType,
  type CanonicalStatus,
} from '@spec-kitty/tracker-core';
import type { RawPriority, RawStatus, RawType } from './answers.ts';
import type { JiraConfig } from './config.ts';

type Priority = Exclude<CanonicalIssue['priority'], null>;

const STATUS_NAMES: Readonly<Record<CanonicalStatus, string>> = {
  todo: 'To Do',
  in_progress: 'In Progress',
  in_review: 'In Review',
  blocked: 'Blocked',
  done: 'Done',
  canceled: 'Canceled',
};

/** What else people call them, by the category that the name has to be in. */
const OTHER_NAMES: Readonly<Record<string, readonly [category: string, status: CanonicalStatus]>> = {
  'code review': ['indeterminate', 'in_review'],
  review: ['indeterminate', 'in_review'],
  cancelled: ['done', 'canceled'],
  rejected: ['done', 'canceled'],
  "won't do": ['done', 'canceled'],
  "won't fix": ['done', 'canceled'],
  duplicate: ['done', 'canceled'],
};

const TYPE_NAMES = { epic: 'Epic', story: 'Story', bug: 'Bug', chore: 'Chore' } as const;

const PRIORITY_NAMES: Readonly<Record<string, Priority>> = {
  highest: 0,
  high: 1,
  medium: 2,
  low: 3,
  lowest: 4,
};

export const fold = (name: string): string => name.trim().toLowerCase();

/** What the names of a site mean. */
export class Vocabulary {
  readonly #statusNames: Readonly<Partial<Record<CanonicalStatus, string>>>;
  readonly #typeNames: Readonly<Partial<Record<CanonicalIssueType, string>>>;

  constructor({ statusNameMap = {}, issueTypeNames = {}, defaultIssueType }: JiraConfig) {
    this.#statusNames = statusNameMap;
    this.#typeNames = { ...TYPE_NAMES, ...issueTypeNames, task: defaultIssueType };
  }

  /** The status, or the transition, that a canonical status is called here. */
  statusName(status: CanonicalStatus): string {
    return this.#statusNames[status] ?? STATUS_NAMES[status];
  }

  /** By its configured name, then by the usual one, then by its category. */
  statusOf({ name, statusCategory: { key: category } }: RawStatus): CanonicalStatus {
    const folded = fold(name);
    const configured = keyOf(CANONICAL_STATUSES, this.#statusNames, folded);
    if (configured) return configured;
    const usual = keyOf(CANONICAL_STATUSES, STATUS_NAMES, folded);
    if (usual && this.#statusNames[usual] === undefined) return usual;
    const other = Object.hasOwn(OTHER_NAMES, folded) ? OTHER_NAMES[folded] : undefined;
    if (other?.[0] === category) return other[1];
    if (category === 'done') return 'done';
    return category === 'indeterminate' ? 'in_progress' : 'todo';
  }

  typeOf(type: RawType): CanonicalIssueType {
    if (isSubtask(type)) return 'subtask';
    const named = keyOf(CANONICAL_ISSUE_TYPES, this.#typeNames, fold(type.name));
    if (named) return named;
    return (type.hierarchyLevel ?? 0) > 0 ? 'epic' : 'task';
  }

  /** The issue type of the project that is called so, or that stands where it belongs. */
  typeFor(wanted: CanonicalIssueType, types: readonly RawType[]): RawType | undefined {
    const name = this.#typeNames[wanted];
    const named = types.find((one) => name !== undefined && fold(one.name) === fold(name));
    if (wanted === 'subtask') return named ?? types.find(isSubtask);
    if (wanted === 'epic') return named ?? types.find(({ hierarchyLevel = 0 }) => hierarchyLevel > 0);
    return named;
  }
}

function keyOf<K extends string>(
  all: readonly K[],
  names: Readonly<Partial<Record<K, string>>>,
  folded: string,
): K | undefined {
  return all.find((key) => names[key] !== undefined && fold(names[key]) === folded);
}

export const isSubtask = ({ subtask, hierarchyLevel = 0 }: RawType): boolean => subtask || hierarchyLevel < 0;

/** The priority's level: by the usual name, else by its place among the site's, the most urgent first. */
export function levelOf(
  priority: RawPriority | null | undefined,
  all: readonly RawPriority[],
): Priority | null {
  if (!priority) return null;
  const name = fold(priority.name);
  const usual = Object.hasOwn(PRIORITY_NAMES, name) ? PRIORITY_NAMES[name] : undefined;
  if (usual !== undefined) return usual;
  const place = all.findIndex(({ id }) => id === priority.id);
  return ([0, 1, 2, 3, 4] as const)[Math.min(4, place)] ?? null;
}

export function priorityFor(level: Priority, all: readonly RawPriority[]): RawPriority | undefined {
  return all.find((one) => levelOf(one, all) === level);
}
