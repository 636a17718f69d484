import { serve } from '@spec-kitty/tooling-emulators';
import { ConnectorRequestError } from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { LinearConnector } from '../src/index.ts';
import { refOf, rejection, type World, world } from './fixtures.ts';

const list = ({ connector }: Pick<World, 'connector'>): Promise<unknown> =>
  connector.listIssues({ limit: 1 });

/** A fetch that answers everything in one way, and keeps what it was asked. */
function answering(status: number, body: unknown): { fetch: typeof fetch; asked: Request[] } {
  const asked: Request[] = [];
  return {
    asked,
    fetch: async (input, init) => {
      asked.push(new Request(input, init));
      return Response.json(body, { status });
    },
  };
}

const refusal = (code: string, message = 'it does not go'): unknown => ({
  data: null,
  errors: [{ message, extensions: { code, userPresentableMessage: 'Because.' } }],
});

describe('what is asked of Linear', () => {
  it('brings a key as it is, and a token as a bearer', async () => {
    const held = world();
    const { apiKey } = held.emulator;
    const { asked, fetch } = answering(401, refusal('AUTHENTICATION_ERROR'));
    await rejection(list({ connector: held.open({}, { fetch }) }));
    const { teamId, time } = held.emulator;
    const connector = new LinearConnector(
      { accessToken: apiKey, teamId, baseUrl: 'http://127.0.0.1:8080/linear/' },
      { fetch, clock: time.clock, sleep: time.sleep },
    );
    await rejection(list({ connector }));
    expect(asked.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
      ['http://127.0.0.1/graphql', apiKey],
      ['http://127.0.0.1:8080/linear/graphql', `Bearer ${apiKey}`],
    ]);
  });

  it('goes over a connection, too', async () => {
    const { emulator } = world();
    const { apiKey, teamId } = emulator;
    const id = emulator.people.createIssue({ title: 'A' });
    await using served = await serve(emulator);
    const connector = new LinearConnector({ apiKey, teamId, baseUrl: served.url });
    expect((await connector.updateIssue(refOf(id), { title: 'Emoji 🐈‍⬛' })).title).toBe('Emoji 🐈‍⬛');
  });

  it('is refused for a wrong key, and the key is not told', async () => {
    const held = world();
    const error = await rejection(list({ connector: held.open({ apiKey: 'lin_api_wrong_key' }) }));
    expect(error).toMatchObject({
      code: 'connector_request',
      failureClass: 'authentication',
      statusCode: 401,
    });
    expect(error.message).not.toContain('lin_api_wrong_key');
  });

  it('keeps to a limit before Linear has to say so, and says how long', async () => {
    const held = world({ limits: { endpoints: { issues: 3 } } });
    held.emulator.people.createIssue({ title: 'A' });
    const before = held.emulator.time.ms;
    for (let listed = 0; listed < 8; ) {
      const error = await list(held).then(
        () => undefined,
        (caught: unknown) => caught,
      );
      if (error === undefined) listed += 1;
      else expect(error).toMatchObject({ failureClass: 'rate_limit', retryAfterMs: expect.any(Number) });
      const waits = error instanceof ConnectorRequestError ? error.retryAfterMs : null;
      held.emulator.time.advance(waits ?? 0);
    }
    expect(held.emulator.time.ms - before).toBeGreaterThan(120_000);
    expect(held.emulator.log.all.filter(({ limited }) => limited)).toEqual([]);
  });

  it('is told as a limit where nobody may wait that long', async () => {
    const held = world({ limits: { requests: 2 } });
    await list(held);
    const error = await rejection(list(held));
    expect(error).toMatchObject({ failureClass: 'rate_limit' });
    expect(error).toHaveProperty('retryAfterMs', expect.any(Number));
  });

  it.each([
    ['RATELIMITED', 400, 'rate_limit'],
    ['AUTHENTICATION_ERROR', 200, 'authentication'],
    ['FORBIDDEN', 200, 'permission'],
    ['INPUT_ERROR', 200, 'validation'],
    ['INPUT_ERROR', 400, 'validation'],
    ['INTERNAL_SERVER_ERROR', 200, 'transient'],
    ['SOMETHING_NEW', 200, 'non_retryable'],
  ])('that is refused with %s as HTTP %i is a failure of class %s', async (code, status, failureClass) => {
    const held = world();
    const connector = held.open({}, { fetch: answering(status, refusal(code)).fetch });
    const error = await rejection(connector.addComment(refOf(held.emulator.teamId), 'x'));
    expect(error).toMatchObject({ code: 'connector_request', failureClass });
    expect(error.message).toContain('it does not go: Because.');
  });

  it.each([
    ['no JSON at all', 'a page'],
    ['nothing', {}],
    ['another shape', { data: { viewer: { id: 7 } } }],
  ])('is told where it is answered with %s', async (_what, body) => {
    const held = world();
    const connector = held.open({}, { fetch: answering(200, body).fetch });
    expect(await rejection(list({ connector }))).toMatchObject({ code: 'tracker_contract', kind: 'answer' });
  });
});

describe('what is looked up of the team', () => {
  it('is asked for once by all that begin together', async () => {
    const held = world();
    const id = held.emulator.people.createIssue({ title: 'A' });
    await Promise.all([list(held), list(held), held.connector.getIssue(refOf(id))]);
    expect(held.lookUps()).toBe(1);
  });

  it('is asked for again after a failure', async () => {
    const held = world();
    let down = true;
    const connector = held.open(
      {},
      {
        fetch: async (input, init) => {
          if (down) return new Response('down', { status: 422 });
          return held.emulator.fetch(input, init);
        },
      },
    );
    await rejection(list({ connector }));
    down = false;
    expect(await list({ connector })).toEqual({ items: [] });
  });

  it('names the option where there is no such team, or no such state in it', async () => {
    const held = world();
    const unknown = 'c0ffee00-1111-4222-8333-444455556666';
    expect(await rejection(list({ connector: held.open({ teamId: unknown }) }))).toMatchObject({
      code: 'connector_config',
      fieldPath: 'teamId',
    });
    const connector = held.open({ statusToStateId: { done: unknown } });
    expect(await rejection(list({ connector }))).toMatchObject({
      code: 'connector_config',
      fieldPath: 'statusToStateId.done',
    });
  });

  it('holds more labels than a page has', async () => {
    const held = world();
    const { people } = held.emulator;
    for (let i = 0; i < 300; i += 1) people.label(`label ${i}`);
    const id = people.createIssue({ title: 'A', labels: ['label 299'] });
    expect(
      (await held.connector.updateIssue(refOf(id), { labels: ['label 299', 'label 3'] })).labels,
    ).toEqual(['label 299', 'label 3']);
    expect(held.emulator.log.counts()['issueLabelCreate']).toBeUndefined();
  });
});
