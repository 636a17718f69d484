import type { CanonicalIssue, ListQuery, TaskTrackerConnector } from '@spec-kitty/tracker-core';
import type { InMemoryConnector, InMemoryOptions } from '@spec-kitty/tracker-memory';

/** Methods of a connector that stand in for its own. */
export type Overrides = Partial<TaskTrackerConnector>;

/** One deliberate mistake, and the case that must find it. */
export interface Breakage {
  mistake: string;
  /** A part of the name of a case that must fail. */
  found: string;
  options?: InMemoryOptions;
  overrides(right: InMemoryConnector): Overrides;
}

/** The connector with some of its methods replaced; the rest is bound, since it has private state. */
export function broken(right: InMemoryConnector, overrides: Overrides): TaskTrackerConnector {
  return new Proxy<TaskTrackerConnector>(right, {
    get(target, name) {
      if (Object.hasOwn(overrides, name)) return Reflect.get(overrides, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

export async function everything(
  right: InMemoryConnector,
  query: Partial<ListQuery> = {},
): Promise<CanonicalIssue[]> {
  const { cursor: _cursor, ...rest } = query;
  return (await right.listIssues({ ...rest, limit: 1000 })).items;
}
