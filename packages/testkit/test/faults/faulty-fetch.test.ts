import { describe, expect, it } from 'vitest';
import { type Fault, faultyFetch } from '../../src/index.ts';

const URL_A = 'https://tracker.test/issues?page=1';
const URL_B = 'https://tracker.test/issues?page=2';

/** A server that counts what reached it. */
function server(): { wrapped: typeof fetch; reached: string[] } {
  const reached: string[] = [];
  const wrapped: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    reached.push(`${request.method} ${await request.text()}`);
    return new Response(`answer ${reached.length}`, { headers: { 'x-count': String(reached.length) } });
  };
  return { wrapped, reached };
}

const post = { method: 'POST', body: 'write' };

describe('a write', () => {
  it.each<[Fault, string[], string]>([
    [{ kind: 'fail' }, [], 'TypeError'],
    [{ kind: 'lose_answer' }, ['POST write'], 'TypeError'],
    [{ kind: 'time_out' }, [], 'TimeoutError'],
    [{ kind: 'time_out', effect: true }, ['POST write'], 'TimeoutError'],
  ])('with %j', async (fault, effect, name) => {
    const { wrapped, reached } = server();
    const faulty = faultyFetch(wrapped, [{ operation: 'POST', nth: 1, fault }]);
    await expect(faulty(URL_A, post)).rejects.toMatchObject({ name });
    expect(reached).toEqual(effect);
    expect((await faulty(URL_A, post)).status).toBe(200);
    expect(faulty.faults).toEqual([{ operation: 'POST', nth: 1, fault, applied: true }]);
  });

  it('is limited in the shape of HTTP', async () => {
    const { wrapped, reached } = server();
    const fault: Fault = { kind: 'rate_limit', retryAfterMs: 2500 };
    const response = await faultyFetch(wrapped, [{ operation: '*', nth: 1, fault }])(URL_A, post);
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
    expect(reached).toEqual([]);
  });
});

it('a read is stale, or a page comes again', async () => {
  const faulty = faultyFetch(server().wrapped, [
    { operation: 'GET', nth: 2, fault: { kind: 'stale' } },
    { operation: 'GET', nth: 3, fault: { kind: 'repeat_page' } },
    { operation: 'GET', nth: 4, fault: { kind: 'stale' } },
  ]);
  const texts: string[] = [];
  for (const url of [URL_A, URL_A, URL_B, URL_B]) texts.push(await (await faulty(url)).text());
  expect(texts).toEqual(['answer 1', 'answer 1', 'answer 1', 'answer 2']);
  expect(faulty.faults.map(({ applied }) => applied)).toEqual([true, true, false]);
});

it('a seed gives the same faults again, and the script of them too', async () => {
  const run = async (plan: Parameters<typeof faultyFetch>[1]): Promise<unknown[]> => {
    const faulty = faultyFetch(server().wrapped, plan, { sleep: async () => {} });
    for (let i = 0; i < 40; i++) await faulty(URL_A, i % 2 === 0 ? post : {}).catch(() => undefined);
    return structuredClone([...faulty.faults]);
  };
  const once = await run({ seed: 3, rate: 0.4 });
  expect(once.length).toBeGreaterThan(5);
  expect(await run({ seed: 3, rate: 0.4 })).toEqual(once);
  expect(await run(once as never)).toEqual(once);
});
