import type { JsonValue, SharedState } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { createTrackerFetch, RateBudget, sharedBudget } from '../src/index.ts';

const START = Date.parse('2026-03-01T00:00:00.000Z');
const WINDOW = { name: 'creates', max: 80, perMs: 60_000 };

/** As a database does it: documents as JSON text, one time for all, and a change that is made twice where two meet. */
class Documents implements SharedState {
  readonly texts = new Map<string, string>();
  now = START;
  #beaten = false;

  async update<T>(
    name: string,
    change: (before: JsonValue | undefined, now: number) => { after: JsonValue; answer: T },
  ): Promise<T> {
    await Promise.resolve();
    this.#beaten = !this.#beaten;
    if (this.#beaten) change(this.#read(name), this.now);
    const { after, answer } = change(this.#read(name), this.now);
    this.texts.set(name, JSON.stringify(after));
    return answer;
  }

  #read(name: string): JsonValue | undefined {
    const text = this.texts.get(name);
    return text === undefined ? undefined : JSON.parse(text);
  }
}

function machines(count: number, documents: Documents): RateBudget[] {
  return Array.from({ length: count }, () =>
    sharedBudget({ sharedState: documents, shared: new Map() }, ['github', 'token'], { windows: [WINDOW] }),
  );
}

describe('machines that share a credential', () => {
  it('stay under one limit together, also where their clocks are hours apart', async () => {
    const documents = new Documents();
    const budgets = machines(10, documents);
    const sent: number[] = [];
    for (let second = 0; second < 240; second += 1) {
      documents.now = START + second * 1000;
      const asked = budgets.map(async (budget, index) => {
        const clock = documents.now + (index - 5) * 3_600_000;
        if ((await budget.start(clock, { creates: 3 })) === 0) sent.push(documents.now);
      });
      await Promise.all(asked);
    }
    const inWindow = sent.map(
      (at) => 3 * sent.filter((other) => other > at - WINDOW.perMs && other <= at).length,
    );
    expect(Math.max(...inWindow)).toBeLessThanOrEqual(WINDOW.max);
    // Four minutes hold four windows, less what a slot rounds up.
    expect(3 * sent.length).toBeGreaterThan(3.7 * 78);
  });

  it('all wait when one of them is refused, by a time that all agree on', async () => {
    const documents = new Documents();
    const [first, second] = machines(2, documents);
    expect(await first?.heard(START - 7_200_000, { refused: { waitMs: 30_000 } })).toBe(30_000);
    expect(await second?.start(START + 7_200_000)).toBe(30_000);
    documents.now += 30_000;
    expect(await second?.start(START)).toBe(0);
  });

  it('know what a vendor told one of them; an answer that was overtaken gives nothing back', async () => {
    const documents = new Documents();
    const [first, second] = machines(2, documents);
    const told = (remaining: number, off: number): Parameters<RateBudget['heard']>[1] => ({
      told: { core: { limit: 5000, remaining, resetAt: START + off + 600_000 } },
    });
    await first?.heard(START + 5000, told(0, 5000));
    await second?.heard(START - 9000, told(1, -9000 + 400));
    expect(await second?.start(START)).toBe(600_000);
    documents.now = START + 600_000;
    expect(await first?.start(START)).toBe(0);
  });

  it('that use other credentials have limits of their own; no credential stands in a name', async () => {
    const documents = new Documents();
    const context = { sharedState: documents };
    const one = sharedBudget(context, ['github', 'secret-of-one'], {});
    const other = sharedBudget(context, ['github', 'secret-of-other'], {});
    await one.heard(START, { refused: {} });
    expect([await one.start(START), await other.start(START)]).toEqual([60_000, 0]);
    expect([...documents.texts.keys()].join()).not.toContain('secret');
  });

  it('begin anew where the document is none that they understand', async () => {
    const documents = new Documents();
    const [budget] = machines(1, documents);
    await budget?.heard(START, { refused: {} });
    for (const [name] of documents.texts) documents.texts.set(name, '{"pausedUntil":"never"}');
    expect(await budget?.start(START)).toBe(0);
  });

  it('keep a document that does not grow with the requests', async () => {
    const documents = new Documents();
    const [budget] = machines(1, documents);
    for (let index = 0; index < 5000; index += 1) {
      documents.now += 97;
      await budget?.start(START, { creates: 0.01 });
    }
    expect([...documents.texts.values()].join().length).toBeLessThan(5000);
  });
});

describe('a refusal that says not how long', () => {
  it('is waited for a minute, twice as long each time, an hour at most; an answer ends that', async () => {
    const budget = new RateBudget();
    const waits: number[] = [];
    for (let index = 0; index < 8; index += 1)
      waits.push(await budget.heard(START + index * 1e8, { refused: {} }));
    expect(waits.map((ms) => ms / 60_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    await budget.heard(START + 9e8, {});
    expect(await budget.heard(START + 10e8, { refused: {} })).toBe(60_000);
  });
});

describe('where the shared state cannot be reached', () => {
  const fetchOf = (fails: 'start' | 'heard', answers: Response) => {
    let calls = 0;
    let sent = 0;
    const documents = new Documents();
    const shared: SharedState = {
      update: async (name, change) => {
        calls += 1;
        if (calls === (fails === 'start' ? 1 : 2)) throw new Error('the database is gone');
        return await documents.update(name, change);
      },
    };
    const warnings: string[] = [];
    const fetch = createTrackerFetch({
      provider: 'tracker',
      budget: new RateBudget({ state: { shared, name: async () => 'one' } }),
      fetch: async () => {
        sent += 1;
        return answers;
      },
      logger: { debug() {}, info() {}, warn: (message) => warnings.push(message) },
      maxAttempts: 1,
    });
    return { fetch, warnings, sent: () => sent };
  };
  const post = { method: 'POST', body: '{}' };

  it('nothing is sent, and a transient error says why', async () => {
    const { fetch, sent } = fetchOf('start', Response.json({}));
    const error = await fetch('http://tracker.example/', post).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'connector_request', failureClass: 'transient' });
    expect([String(error).includes('the database is gone'), sent()]).toEqual([true, 0]);
  });

  it('an answer that came is given all the same', async () => {
    const { fetch, warnings } = fetchOf('heard', Response.json({ made: true }));
    expect(await (await fetch('http://tracker.example/', post)).json()).toEqual({ made: true });
    expect(warnings).toEqual(['tracker: what it said of its limits could not be kept: the database is gone']);
  });

  it('a refusal that came is told with the time to wait', async () => {
    const refusal = Response.json({}, { status: 429, headers: { 'retry-after': '7' } });
    const { fetch } = fetchOf('heard', refusal);
    const error = await fetch('http://tracker.example/', post).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ failureClass: 'rate_limit', retryAfterMs: 7000 });
  });
});
