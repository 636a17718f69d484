import { type CanonicalIssue, type Clock, canonicalIssue, type IssueFields } from '@spec-kitty/tracker-core';
import {
  type InMemoryConfigInput,
  InMemoryConnector,
  type InMemoryOptions,
  InMemoryTracker,
} from '../src/index.ts';

/** A clock that moves when it is told to. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(start = '2030-01-01T00:00:00.000Z'): TestClock {
  let time = Date.parse(start);
  return {
    now: () => new Date(time).toISOString(),
    advance(ms) {
      time += ms;
    },
  };
}

export interface Setup {
  clock: TestClock;
  tracker: InMemoryTracker;
  connector: InMemoryConnector;
}

export function setup(options: InMemoryOptions = {}, config: InMemoryConfigInput = {}): Setup {
  const clock = testClock();
  const tracker = new InMemoryTracker({ clock });
  return { clock, tracker, connector: new InMemoryConnector(config, { clock }, tracker, options) };
}

export function newIssue(fields: Partial<IssueFields> = {}, id = 'draft:1'): CanonicalIssue {
  return canonicalIssue({ title: 'A title', ...fields, ref: { system: 'memory', workspace: 'memory', id } });
}

/** Every issue of a listing, in its order, and every deletion it tells. */
export async function listAll(
  connector: InMemoryConnector,
  query: { updatedSince?: string; limit?: number; filters?: Record<string, never> } = {},
): Promise<{ items: CanonicalIssue[]; gone: string[] }> {
  const all: { items: CanonicalIssue[]; gone: string[] } = { items: [], gone: [] };
  let cursor: string | undefined;
  do {
    const page = await connector.listIssues({
      limit: 2,
      ...query,
      ...(cursor === undefined ? {} : { cursor }),
    });
    all.items.push(...page.items);
    all.gone.push(...(page.gone ?? []).map((ref) => ref.id));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return all;
}

/** What a call was rejected with. */
export async function rejection(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return error as Error & Record<string, unknown>;
    throw error;
  }
  throw new Error('the call was expected to be rejected');
}
