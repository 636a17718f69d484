import { inspect } from 'node:util';
import { describe, expect, it, test } from 'vitest';
import { jsonOf, RateBudget, type RateHeaders } from '../src/index.ts';
import { benchOf, failed, json, ORIGIN, type Reply } from './fixtures.ts';

const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });
const status = (code: number, headers: Record<string, string> = {}): Reply =>
  json({ message: 'as it is' }, { status: code, headers });
const noConnection: Reply = () => {
  throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
};

test('a success is answered with its body, status and headers', async () => {
  const { fetch, requests } = benchOf([json({ a: 1 }, { status: 201, headers: { 'x-one': '1' } })]);
  const response = await fetch(`${ORIGIN}/things?x=1`, post({ b: 2 }));
  expect([response.status, response.headers.get('x-one'), await response.json()]).toEqual([
    201,
    '1',
    { a: 1 },
  ]);
  expect(await requests[0]?.json()).toEqual({ b: 2 });
});

test('an answer without a body is one', async () => {
  const { fetch } = benchOf([() => new Response(null, { status: 204 })]);
  expect(await (await fetch(ORIGIN)).text()).toBe('');
});

describe('a failed answer', () => {
  it.each([
    [400, 'validation'],
    [401, 'authentication'],
    [403, 'permission'],
    [404, 'not_found'],
    [409, 'validation'],
    [418, 'non_retryable'],
    [500, 'transient'],
    [503, 'transient'],
  ])('of status %s is of class %s, and tells what was asked and said', async (code, failureClass) => {
    const { fetch } = benchOf([status(code)]);
    const error = await failed(fetch(`${ORIGIN}/things/1?key=abc`, post({})));
    expect(error).toMatchObject({
      code: 'connector_request',
      statusCode: code,
      failureClass,
      provider: 'sample',
    });
    expect(error.message).toBe(`sample: POST ${ORIGIN}/things/1 answered ${code}: as it is`);
  });

  it('means what its vendor means by it', async () => {
    const { fetch } = benchOf([json({ errors: [{ code: 'GONE' }] })], {
      meaningOf: (answer) =>
        JSON.stringify(jsonOf(answer)).includes('GONE')
          ? { failureClass: 'not_found', message: 'gone' }
          : undefined,
    });
    expect(await failed(fetch(ORIGIN, post({})))).toMatchObject({
      failureClass: 'not_found',
      statusCode: 200,
    });
  });

  it('that is a page for people says its status alone', async () => {
    const page: Reply = () =>
      new Response('<html>\u001b[2J</html>', { status: 502, headers: { 'content-type': 'text/html' } });
    const error = await failed(benchOf([page]).fetch(ORIGIN, post({})));
    expect(error.message).toBe(`sample: POST ${ORIGIN}/ answered 502`);
  });
});

describe('trying again', () => {
  it('a read is, with exponential backoff and full jitter', async () => {
    const { fetch, requests, time } = benchOf([status(502), noConnection, status(500), json('done')]);
    expect(await (await fetch(ORIGIN)).json()).toBe('done');
    expect([requests.length, time.waits]).toEqual([4, [500, 1000, 2000]]);
  });

  it('a read over POST is, where it is said to be one', async () => {
    const { fetch, requests } = benchOf([status(502), json('done')]);
    const response = await fetch(ORIGIN, post({ query: 'x' }), { reads: true });
    expect([await response.json(), await requests[1]?.json()]).toEqual(['done', { query: 'x' }]);
  });

  it.each([['POST'], ['PUT'], ['PATCH'], ['DELETE']])('a %s is not: the engine does that', async (method) => {
    const { fetch, requests } = benchOf([status(502)]);
    expect(await failed(fetch(ORIGIN, { method }))).toMatchObject({ failureClass: 'transient' });
    expect(requests).toHaveLength(1);
  });

  it('ends after the attempts, and for what does not pass by itself', async () => {
    const lasting = benchOf([noConnection]);
    const error = await failed(lasting.fetch(ORIGIN));
    expect(error).toMatchObject({ failureClass: 'transient', statusCode: null });
    expect(error.message).toContain('ECONNREFUSED');
    expect(lasting.requests).toHaveLength(4);
    const refused = benchOf([status(404)]);
    await failed(refused.fetch(ORIGIN));
    expect(refused.requests).toHaveLength(1);
  });

  it('keeps within the total time', async () => {
    const { fetch, requests, time } = benchOf([status(503, { 'retry-after': '40' })], {
      totalTimeoutMs: 60_000,
    });
    expect(await failed(fetch(ORIGIN))).toMatchObject({ failureClass: 'transient', retryAfterMs: 40_000 });
    expect([requests.length, time.waits]).toEqual([2, [40_000]]);
  });

  it('an attempt ends after its time, and the next one may succeed', async () => {
    const hanging: Reply = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const { fetch, requests } = benchOf([hanging, json('done')], { timeoutMs: 5 });
    expect(await (await fetch(ORIGIN)).json()).toBe('done');
    expect(requests).toHaveLength(2);
    const error = await failed(benchOf([hanging], { timeoutMs: 5 }).fetch(ORIGIN, post({})));
    expect(error).toMatchObject({ failureClass: 'transient', statusCode: null });
    expect(error.message).toContain('no answer within');
  });

  it('ends with the reason of an abort', async () => {
    const controller = new AbortController();
    const aborting: Reply = () => {
      controller.abort(new Error('enough'));
      return Response.json({}, { status: 500 });
    };
    const { fetch, requests } = benchOf([aborting]);
    expect((await failed(fetch(ORIGIN, { signal: controller.signal }))).message).toBe('enough');
    expect(requests).toHaveLength(1);
    expect((await failed(fetch(ORIGIN, { signal: controller.signal }))).message).toBe('enough');
    expect(requests).toHaveLength(1);
  });
});

describe('limits', () => {
  const HEADERS: RateHeaders = {
    name: 'requests',
    limit: 'x-limit',
    remaining: 'x-remaining',
    reset: 'x-reset',
    resetIn: 'epoch_seconds',
  };
  const at = Date.parse('2026-01-01T00:00:00.000Z');

  it.each([
    ['in seconds', { 'retry-after': '7' }, 7000],
    ['as a date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }, 9000],
    ['by the reset', { 'x-limit': '10', 'x-remaining': '0', 'x-reset': String(at / 1000 + 5) }, 5000],
    ['not at all', {}, 60_000],
  ])('a 429 that tells its end %s is waited for by a read', async (_name, headers, waited) => {
    const { fetch, time } = benchOf([status(429, headers), json('done')], { rateHeaders: [HEADERS] });
    expect(await (await fetch(ORIGIN)).json()).toBe('done');
    expect(time.waits).toEqual([waited]);
  });

  it('a write is told how long to wait, and whoever asks next waits', async () => {
    const { fetch, time, requests } = benchOf([status(429, { 'retry-after': '7' }), json('done')]);
    expect(await failed(fetch(ORIGIN, post({})))).toMatchObject({
      failureClass: 'rate_limit',
      retryAfterMs: 7000,
    });
    expect(time.waits).toEqual([]);
    await fetch(ORIGIN, post({}));
    expect([time.waits, requests.length]).toEqual([[7000], 2]);
  });

  it('that do not say their end are waited for twice as long each time', async () => {
    const { fetch, time } = benchOf([status(429), status(429), status(429), json('done')], {
      totalTimeoutMs: 3_600_000,
    });
    await fetch(ORIGIN);
    expect(time.waits).toEqual([60_000, 120_000, 240_000]);
  });

  it('that come as a success or as a bad request are limits all the same', async () => {
    const { fetch, time } = benchOf(
      [json({ limited: true }), json({ limited: true }, { status: 400 }), json('ok')],
      {
        meaningOf: (answer) =>
          JSON.stringify(jsonOf(answer)).includes('limited')
            ? { failureClass: 'rate_limit', retryAfterMs: 3000 }
            : undefined,
      },
    );
    expect(await (await fetch(ORIGIN)).json()).toBe('ok');
    expect(time.waits).toEqual([3000, 3000]);
  });

  it('that end too late are told, and nothing is sent', async () => {
    const { fetch, requests, time } = benchOf([status(429, { 'retry-after': '900' })]);
    expect(await failed(fetch(ORIGIN))).toMatchObject({ failureClass: 'rate_limit', retryAfterMs: 900_000 });
    expect(await failed(fetch(ORIGIN))).toMatchObject({ failureClass: 'rate_limit', retryAfterMs: 900_000 });
    expect([requests.length, time.waits]).toEqual([1, []]);
  });

  it('that end later than a call waits by itself are told', async () => {
    const { fetch, requests, time } = benchOf([status(429, { 'retry-after': '16' })], { maxWaitMs: 15_000 });
    expect(await failed(fetch(ORIGIN))).toMatchObject({ failureClass: 'rate_limit', retryAfterMs: 16_000 });
    time.ms += 2000;
    expect(await failed(fetch(ORIGIN))).toMatchObject({ failureClass: 'rate_limit', retryAfterMs: 16_000 });
    expect([requests.length, time.waits]).toEqual([2, [14_000]]);
  });

  it('a success that asks for patience is given it', async () => {
    const { fetch, time } = benchOf([json(1, { headers: { 'retry-after': '4' } }), json(2)]);
    await fetch(ORIGIN);
    await fetch(ORIGIN);
    expect(time.waits).toEqual([4000]);
  });

  it('that come near slow the requests down, and are not met', async () => {
    let left = 20;
    const reply: Reply = () => {
      left -= 1;
      const told = { 'x-limit': '100', 'x-remaining': String(left), 'x-reset': String(at / 1000 + 100) };
      return left < 0 ? Response.json({}, { status: 429 }) : Response.json({}, { headers: told });
    };
    const { fetch, time } = benchOf([reply], { rateHeaders: [HEADERS] });
    for (let index = 0; index < 20; index += 1) await fetch(ORIGIN);
    const total = time.ms - at;
    expect(time.waits.length).toBeGreaterThanOrEqual(9);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThanOrEqual(100_000);
  });

  it('that a vendor publishes are kept', async () => {
    const budget = new RateBudget({ windows: [{ name: 'creates', max: 80, perMs: 60_000 }] });
    const { fetch, time } = benchOf([json('ok')], { budget });
    for (let index = 0; index < 12; index += 1) await fetch(ORIGIN, post({}), { costs: { creates: 20 } });
    expect(time.waits).toEqual([60_000, 60_000]);
    await fetch(ORIGIN, post({}));
    expect(time.waits).toHaveLength(2);
  });

  it('of how many are under way at once are never passed, whoever asks', async () => {
    let [now, most] = [0, 0];
    const reply: Reply = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return Response.json({});
    };
    const budget = new RateBudget({ concurrency: 3 });
    const two = [benchOf([reply], { budget }), benchOf([reply], { budget })];
    await Promise.all(two.flatMap(({ fetch }) => Array.from({ length: 10 }, () => fetch(ORIGIN))));
    expect(most).toBe(3);
  });

  it('a call that is given up while it waits for its turn leaves the others theirs', async () => {
    const budget = new RateBudget({ concurrency: 1 });
    let release = (_: Response): void => {};
    const held = new Promise<Response>((resolve) => {
      release = resolve;
    });
    const { fetch, requests } = benchOf([() => held, json(2)], { budget });
    const controller = new AbortController();
    const first = fetch(ORIGIN);
    const given = failed(fetch(ORIGIN, { signal: controller.signal }));
    const third = fetch(ORIGIN);
    controller.abort(new Error('given up'));
    expect((await given).message).toBe('given up');
    release(Response.json(1));
    expect([await (await first).json(), await (await third).json(), requests.length]).toEqual([1, 2, 2]);
  });
});

describe('a redirect', () => {
  const to =
    (location: string, code = 302): Reply =>
    () =>
      new Response(null, { status: code, headers: { location } });
  const secret = { headers: { authorization: 'Bearer abcdef', 'private-token': 'ghijkl' } };

  it('inside the origin is followed with what was sent', async () => {
    const { fetch, requests } = benchOf([to('/new', 307), json('done')]);
    await fetch(`${ORIGIN}/old`, { ...post({ a: 1 }), ...secret });
    expect([requests[1]?.url, requests[1]?.headers.get('private-token')]).toEqual([
      `${ORIGIN}/new`,
      'ghijkl',
    ]);
    expect(await requests[1]?.json()).toEqual({ a: 1 });
  });

  it.each([
    ['to another host', to('https://elsewhere.example/x?token=s3cr3t')],
    ['to another port', to('https://tracker.example:8443/')],
    ['to another scheme', to('http://tracker.example/')],
    ['without end', to('/again')],
  ])('%s is not followed', async (_name, reply) => {
    const { fetch, requests } = benchOf([reply]);
    const error = await failed(fetch(`${ORIGIN}/old`, secret));
    expect(error).toMatchObject({ code: 'redirect_refused', failureClass: 'non_retryable' });
    expect(error.message).not.toContain('s3cr3t');
    expect(new Set(requests.map(({ url }) => new URL(url).origin))).toEqual(new Set([ORIGIN]));
  });

  it('that would turn a write into a read is not followed', async () => {
    const { fetch, requests } = benchOf([to('/new', 303)]);
    expect(await failed(fetch(ORIGIN, post({})))).toMatchObject({ code: 'redirect_refused' });
    expect(requests).toHaveLength(1);
  });
});

test('an answer over the size that is allowed is not read to its end', async () => {
  let sent = 0;
  const endless: Reply = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent += 1;
          controller.enqueue(new Uint8Array(1000));
        },
      }),
    );
  const { fetch, requests } = benchOf([endless], { maxBodyBytes: 10_000 });
  expect(await failed(fetch(ORIGIN))).toMatchObject({
    code: 'answer_too_large',
    failureClass: 'non_retryable',
  });
  expect([requests.length, sent < 20]).toEqual([1, true]);
});

describe('a secret', () => {
  const SECRET = 'tok/en+12345=';
  const forms = [SECRET, encodeURIComponent(SECRET), btoa(SECRET), btoa(SECRET).replaceAll('=', '')];

  it.each([
    ['in the words of the vendor', json({ message: `bad ${forms.join(' ')}` }, { status: 400 })],
    [
      'in a plain text',
      () => new Response(forms.join(' '), { status: 500, headers: { 'content-type': 'text/plain' } }),
    ],
    [
      'in the reason of a failed connection',
      () => {
        throw new TypeError('fetch failed', { cause: new Error(`proxy ${forms.join(' ')}`) });
      },
    ],
    ['where it redirects to', () => new Response(null, { status: 302, headers: { location: `/${SECRET}` } })],
    ['in a limit', json({ message: SECRET }, { status: 429 })],
    [
      'of a request without an answer',
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    ],
  ] as [string, Reply][])('%s is in no message and in no log', async (_name, reply) => {
    const { fetch, logged } = benchOf([reply], {
      secrets: [SECRET, undefined, ''],
      maxAttempts: 2,
      timeoutMs: 5,
    });
    const url = `${ORIGIN}/${encodeURIComponent(SECRET)}?access_token=${encodeURIComponent(SECRET)}`;
    const error = await failed(fetch(url, { headers: { authorization: `Bearer ${SECRET}` } }));
    const told = [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), ...logged].join(
      '\n',
    );
    for (const form of forms) expect(told).not.toContain(form);
    expect(told).not.toContain('access_token');
  });
});
