import type { CanonicalIssue } from '@spec-kitty/tracker-core';
import { InMemoryConnector, manifest } from '@spec-kitty/tracker-memory';
import { describe, expect, it, test } from 'vitest';
import { connectorConformance, type Fault, type FaultPlan, withFaults } from '../../src/index.ts';
import { openMemory } from '../support/memory.ts';

const titled = (title: string): CanonicalIssue => ({
  ref: { system: 'memory', workspace: 'memory', id: 'draft:1' },
  title,
  body: null,
  status: 'todo',
  issueType: 'task',
  priority: null,
  assignees: [],
  labels: [],
  parent: null,
  links: [],
  customFields: {},
  createdAt: null,
  updatedAt: null,
});

const first = (operation: string, fault: Fault): FaultPlan => [{ operation, nth: 1, fault }];

describe('a script', () => {
  it.each<[Fault, number, object]>([
    [{ kind: 'fail' }, 0, { code: 'connector_request', statusCode: null, isRetryable: true }],
    [{ kind: 'fail', statusCode: 400 }, 0, { statusCode: 400, failureClass: 'validation' }],
    [
      { kind: 'rate_limit', retryAfterMs: 2000 },
      0,
      { statusCode: 429, failureClass: 'rate_limit', retryAfterMs: 2000 },
    ],
    [{ kind: 'lose_answer' }, 1, { statusCode: null, isRetryable: true }],
    [{ kind: 'time_out' }, 0, { statusCode: null, isRetryable: true }],
    [{ kind: 'time_out', effect: true }, 1, { statusCode: null, isRetryable: true }],
  ])('%j leaves %i issues behind', async (fault, issues, error) => {
    const right = new InMemoryConnector();
    const faulty = withFaults(right, first('createIssue', fault));
    await expect(faulty.createIssue(titled('A'))).rejects.toMatchObject(error);
    expect((await right.listIssues({ limit: 10 })).items).toHaveLength(issues);
    await faulty.createIssue(titled('B'));
    expect(faulty.faults).toEqual([{ operation: 'createIssue', nth: 1, fault, applied: true }]);
  });

  it('answers a stale read, and a page again', async () => {
    const right = new InMemoryConnector();
    const faulty = withFaults(right, [
      { operation: 'getIssue', nth: 1, fault: { kind: 'stale' } },
      { operation: 'getIssue', nth: 2, fault: { kind: 'stale' } },
      { operation: 'listIssues', nth: 2, fault: { kind: 'repeat_page' } },
    ]);
    const { ref } = await faulty.createIssue(titled('Old'));
    await faulty.createIssue(titled('Second'));
    expect((await faulty.getIssue(ref)).title).toBe('Old');
    await faulty.updateIssue(ref, { title: 'New' });
    expect((await faulty.getIssue(ref)).title).toBe('Old');
    expect((await faulty.getIssue(ref)).title).toBe('New');
    const page = await faulty.listIssues({ limit: 1 });
    const cursor = page.nextCursor ?? '';
    expect(await faulty.listIssues({ limit: 1, cursor })).toEqual(page);
    expect(await faulty.listIssues({ limit: 1, cursor })).not.toEqual(page);
    expect(faulty.faults.map(({ applied }) => applied)).toEqual([false, true, true]);
  });

  it('waits by the injected sleep', async () => {
    const slept: number[] = [];
    const sleep = async (ms: number): Promise<void> => {
      slept.push(ms);
    };
    const plan = first('*', { kind: 'delay', ms: 1500 });
    await withFaults(new InMemoryConnector(), plan, { sleep }).createIssue(titled('A'));
    expect(slept).toEqual([1500]);
  });
});

describe('a seed', () => {
  async function run(plan: FaultPlan): Promise<{ titles: string[]; faults: unknown }> {
    const right = new InMemoryConnector();
    const faulty = withFaults(right, plan, { sleep: async () => {} });
    for (let i = 0; i < 60; i++) {
      await faulty.createIssue(titled(`Issue ${i}`)).catch(() => {});
      await faulty.listIssues({ limit: 5 }).catch(() => {});
    }
    const titles = (await right.listIssues({ limit: 100 })).items.map(({ title }) => title);
    return { titles, faults: structuredClone(faulty.faults) };
  }

  it('does the same again, and what it did is a script', async () => {
    const once = await run({ seed: 7, rate: 0.5 });
    expect(await run({ seed: 7, rate: 0.5 })).toEqual(once);
    expect(await run(once.faults as FaultPlan)).toEqual(once);
    expect(await run({ seed: 8, rate: 0.5 })).not.toEqual(once);
  });

  it('ends where it is told to', async () => {
    expect((await run({ seed: 7, rate: 1, calls: 0 })).faults).toEqual([]);
    expect((await run({ seed: 7, rate: 1, kinds: ['fail'], calls: 3 })).faults).toHaveLength(3);
  });
});

describe('without a fault it is the connector that it wraps', () => {
  const open = () => openMemory({}, (connector) => withFaults(connector, []));
  connectorConformance({ test, plugin: { manifest }, open });
});

it('has no method that the connector has not', () => {
  const bare = { ...withFaults(new InMemoryConnector(), []) };
  delete bare.getIssues;
  expect('getIssues' in withFaults(bare, [])).toBe(false);
});
