import {
  CANONICAL_ISSUE_TYPES,
  CANONICAL_STATUSES,
  type CanonicalIssueType,
  type CanonicalStatus,
} from '@spec-kitty/tracker-core';
import type { RawType } from './answers.ts';
import type { AzureDevOpsConfig } from './config.ts';

const folded = (text: string): string => text.toLowerCase();

/** https://learn.microsoft.com/en-us/azure/devops/boards/work-items/workflow-and-state-categories */
const CATEGORIES: Readonly<Record<string, CanonicalStatus>> = {
  proposed: 'todo',
  inprogress: 'in_progress',
  resolved: 'in_review',
  completed: 'done',
  removed: 'canceled',
};

/** The names of the processes that come with Azure DevOps; of several, the first that a project has. */
const TYPE_NAMES: Readonly<Record<CanonicalIssueType, readonly string[]>> = {
  epic: ['epic'],
  story: ['user story', 'product backlog item', 'requirement', 'issue'],
  task: ['task'],
  bug: ['bug'],
  chore: [],
  subtask: [],
};

/** What the types and states of a project mean. */
export class Vocabulary {
  readonly #states: AzureDevOpsConfig['stateMap'];
  readonly #types: readonly RawType[];
  readonly #typeOf = new Map<string, CanonicalIssueType>();
  readonly #typeFor = new Map<CanonicalIssueType, string>();

  constructor(
    { stateMap, typeMap }: Pick<AzureDevOpsConfig, 'stateMap' | 'typeMap'>,
    types: readonly RawType[],
  ) {
    this.#states = stateMap;
    this.#types = types;
    const names = types.filter(({ isDisabled }) => isDisabled !== true).map((type) => type.name);
    for (const canonical of CANONICAL_ISSUE_TYPES) {
      const given = typeMap[canonical];
      const wanted = given === undefined ? TYPE_NAMES[canonical] : [folded(given)];
      const name = wanted.flatMap((one) => names.find((known) => folded(known) === one) ?? [])[0];
      if (name === undefined) continue;
      this.#typeFor.set(canonical, name);
      // What is configured stands before what is known by its name.
      if (given !== undefined || !this.#typeOf.has(folded(name))) this.#typeOf.set(folded(name), canonical);
    }
    if (!this.#typeOf.has('feature')) this.#typeOf.set('feature', 'story');
  }

  /** A type without a canonical word is a task. */
  typeOf(name: string): CanonicalIssueType {
    return this.#typeOf.get(folded(name)) ?? 'task';
  }

  typeFor(type: CanonicalIssueType): string | undefined {
    return this.#typeFor.get(type);
  }

  /** A state that is configured, else what its category means; what nobody knows is still to do. */
  statusOf(type: string, state: string): CanonicalStatus {
    const known = CANONICAL_STATUSES.find((one) => folded(this.#states[one] ?? '') === folded(state));
    if (known) return known;
    const own = this.#statesOf(type);
    const found = [...own, ...this.#types.flatMap(({ states }) => states)].find(
      ({ name }) => folded(name) === folded(state),
    );
    const category = folded(found?.category ?? '');
    return (Object.hasOwn(CATEGORIES, category) ? CATEGORIES[category] : undefined) ?? 'todo';
  }

  /** The state of a type that stands for a status, if it has one. */
  stateFor(type: string, status: CanonicalStatus): string | undefined {
    const states = this.#statesOf(type);
    const given = folded(this.#states[status] ?? '');
    const configured = states.find(({ name }) => folded(name) === given);
    return configured?.name ?? states.find(({ name }) => this.statusOf(type, name) === status)?.name;
  }

  /** Whether an item of this type may begin in a state; the first one named is the one that it does begin in. */
  begins(type: string, state: string): boolean {
    const { transitions, states = [] } = this.#type(type) ?? {};
    const first = transitions?.['']?.map(({ to }) => to) ?? states.slice(0, 1).map(({ name }) => name);
    return first.includes(state);
  }

  #statesOf(type: string): RawType['states'] {
    return this.#type(type)?.states ?? [];
  }

  #type(type: string): RawType | undefined {
    return this.#types.find(({ name }) => folded(name) === folded(type));
  }
}
