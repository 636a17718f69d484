import type { CanonicalIssueType, CanonicalStatus, IssueField, Priority } from '@spec-kitty/tracker-core';
import type { RawNamed } from './answers.ts';
import { type Names, type RedmineConfig, sameName } from './config.ts';
import { refuse } from './failures.ts';

/** What the server calls what. */
export interface Site {
  projectId: number;
  trackers: RawNamed[];
  statuses: RawNamed[];
  priorities: RawNamed[];
}

/** Canonical words and those of the server, as they are configured. */
export class Vocabulary {
  readonly #config: Pick<RedmineConfig, 'statuses' | 'trackers' | 'priorities'>;

  constructor(config: Pick<RedmineConfig, 'statuses' | 'trackers' | 'priorities'>) {
    this.#config = config;
  }

  /** A status that nobody configured is done where it closes an issue, and else one in which work goes on. */
  statusOf({ name, is_closed }: { name: string; is_closed: boolean }): CanonicalStatus {
    return meaningOf(this.#config.statuses, name) ?? (is_closed ? 'done' : 'in_progress');
  }

  typeOf({ name }: RawNamed): CanonicalIssueType {
    return meaningOf(this.#config.trackers, name) ?? 'task';
  }

  /** A priority that nobody configured is none that we know. */
  priorityOf({ name }: RawNamed): Priority {
    const level = meaningOf(this.#config.priorities, name);
    return level === undefined ? null : (Number(level) as Priority);
  }

  /** @throws CapabilityNotSupportedError where nothing stands for it. */
  statusId(status: CanonicalStatus, { statuses }: Site): number {
    return idFor('status', this.#config.statuses[status], status, statuses);
  }

  trackerId(type: CanonicalIssueType, { trackers }: Site): number {
    return idFor('issueType', this.#config.trackers[type], type, trackers);
  }

  priorityId(level: NonNullable<Priority>, { priorities }: Site): number {
    const names = this.#config.priorities[`${level}`];
    return idFor('priority', names, String(level), priorities);
  }
}

function meaningOf<Value extends string>(meanings: Names<Value>, name: string): Value | undefined {
  const all = Object.entries<string[] | undefined>(meanings);
  const found = all.find(([, names]) => names?.some((one) => sameName(one, name)));
  return found?.[0] as Value | undefined;
}

function idFor(
  field: IssueField,
  names: readonly string[] | undefined,
  value: string,
  there: readonly RawNamed[],
): number {
  const found = names?.flatMap((name) => there.find((one) => sameName(one.name, name)) ?? [])[0];
  if (found) return found.id;
  const held = there.map(({ name }) => name).join(', ');
  return refuse(
    field,
    names
      ? `the server has no ${names.join(' or ')} for the ${field} ${value}: it has ${held}`
      : `nothing is configured for the ${field} ${value}: the server has ${held}`,
  );
}
