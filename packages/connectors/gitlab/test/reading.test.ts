import type { GitlabEmulator } from '@spec-kitty/tooling-emulators';
import type { CanonicalIssue, IssueFilters } from '@spec-kitty/tracker-core';
import { describe, expect, it, test } from 'vitest';
import { GitLabConnector } from '../src/index.ts';
import { connectorOf, draft, emulatorOf, personAt, refOf } from './fixtures.ts';

const config = { projectId: 42, token: 'glpat-emulated' };
const numbers = (issues: readonly CanonicalIssue[]): number[] => issues.map(({ ref }) => Number(ref.id));

/** Everything that a listing gives, with something done after each of its pages. */
async function listed(
  emulator: GitlabEmulator,
  options: { limit: number; filters?: IssueFilters },
  between: (page: number) => void = () => {},
): Promise<number[]> {
  const connector = connectorOf(emulator);
  const found: number[] = [];
  let cursor: string | undefined;
  for (let page = 1; ; page += 1) {
    const { items, nextCursor } = await connector.listIssues({
      ...options,
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...numbers(items));
    if (nextCursor === undefined) return found;
    cursor = nextCursor;
    between(page);
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Issues that all have been changed at the same moment, as after an import. */
function atOnce(count: number, options = {}): GitlabEmulator {
  const emulator = emulatorOf({ latencyMs: 0, ...options });
  for (const number of upTo(count)) personAt(emulator).create({ title: `issue ${number}` });
  emulator.time.advance(60_000);
  return emulator;
}

describe('a listing', () => {
  test.each([true, false])(
    'of more pages than one shows each issue once (pages told in headers: %s)',
    async (pageHeaders) => {
      const emulator = emulatorOf({ pageHeaders });
      for (const number of upTo(250)) {
        personAt(emulator).create({ title: `issue ${number}` });
        emulator.time.advance(number % 3 === 0 ? 0 : 1000);
      }
      expect(await listed(emulator, { limit: 100 })).toEqual(upTo(250));
      expect(await listed(emulator, { limit: 7 })).toEqual(upTo(250));
    },
  );

  it('of issues that were all changed at the same moment shows each once', async () => {
    expect(await listed(atOnce(350), { limit: 100 })).toEqual(upTo(350));
    expect(await listed(atOnce(350, { pageHeaders: false }), { limit: 30 })).toEqual(upTo(350));
  });

  it.each([1, 2, 3, 10, 100])(
    'skips none that nobody touches while others are edited and deleted, by pages of %i',
    async (limit) => {
      for (const emulator of [atOnce(150), emulatorOf()]) {
        const { state, time } = emulator;
        while (state.issues.size < 150) {
          personAt(emulator).create({ title: 'one more' });
          time.advance(1000);
        }
        const touched = new Set<number>();
        const found = await listed(emulator, { limit }, (page) => {
          if (page > 40) return;
          time.advance(10);
          const [edited, deleted] = [page * 2, page * 2 + 61].map((iid) =>
            state.byNumber(state.project, iid),
          );
          if (edited) personAt(emulator).edit(refOf(edited), { title: `edited ${page}` });
          if (deleted && page < 20) state.delete(deleted.id);
          for (const issue of [edited, deleted]) if (issue) touched.add(issue.iid);
        });
        expect(upTo(150).filter((iid) => !touched.has(iid) && !found.includes(iid))).toEqual([]);
      }
    },
  );

  it('of a server that leaves out none of what was shown ends, and skips none', async () => {
    const emulator = atOnce(130);
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const url = new URL(request.url);
      url.searchParams.delete('not[iids][]');
      return emulator.fetch(url, request);
    };
    expect(await listed({ ...emulator, fetch }, { limit: 50 })).toEqual(upTo(130));
  });

  it('goes on with a cursor under another limit', async () => {
    const emulator = atOnce(30);
    const connector = connectorOf(emulator);
    const { nextCursor = '' } = await connector.listIssues({ limit: 5 });
    expect(numbers((await connector.listIssues({ limit: 100, cursor: nextCursor })).items)).toEqual(
      upTo(30).slice(5),
    );
  });

  it('narrows at GitLab what it can, and looks at the rest itself', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    person.create({ title: 'one', labels: ['bug', 'None'], status: 'done' });
    person.create({ title: 'two', labels: ['bug'], assignees: ['grace'] });
    emulator.state.create('ada', { title: 'three', confidential: true });
    const cases: [IssueFilters, number[]][] = [
      [{ labels: ['bug'] }, [1, 2]],
      [{ labels: ['None'] }, [1]],
      [{ labels: ['BUG'] }, []],
      [{ status: ['done', 'canceled'] }, [1]],
      [{ assignee: 'GRACE' }, [2]],
      [{ confidential: true }, [3]],
      [{ confidential: false }, [1, 2]],
      [{ queryText: 'THREE' }, [3]],
    ];
    for (const [filters, expected] of cases)
      expect([filters, await listed(emulator, { limit: 2, filters })]).toEqual([filters, expected]);
    const wrong = connectorOf(emulator).listIssues({ limit: 1, filters: { confidential: 'yes' } });
    await expect(wrong).rejects.toMatchObject({ fieldPath: 'filters.confidential' });
  });
});

describe('a failure that reading meets', () => {
  it('of a token that is refused is one of authentication, and shows no token', async () => {
    const connector = connectorOf(emulatorOf(), { token: 'glpat-wrong_token' });
    const error = await connector.listIssues({ limit: 1 }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ failureClass: 'authentication', statusCode: 401 });
    expect(String(error)).not.toContain('glpat-wrong_token');
  });

  it('of a project that is not there is no issue that is not there', async () => {
    const connector = connectorOf(emulatorOf(), { projectId: 7 });
    const read = connector.getIssue({ system: 'gitlab', workspace: '7', id: '1' });
    await expect(read).rejects.toMatchObject({ code: 'connector_request', failureClass: 'not_found' });
    await expect(read).rejects.toThrow(/projectId/);
  });

  it('of a page for people says that the address may be wrong', async () => {
    const fetch = async (): Promise<Response> =>
      new Response('<html>', { headers: { 'content-type': 'text/html' } });
    await expect(new GitLabConnector(config, { fetch }).listIssues({ limit: 1 })).rejects.toThrow(/baseUrl/);
  });

  it('an issue that cannot be read is a failure of its own', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const [good, bad] = [person.create({ title: 'good' }), person.create({ title: 'bad' })];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const answer = await emulator.fetch(input, init);
      return new Response((await answer.text()).replace('"title":"bad"', '"title":7'), answer);
    };
    const page = await connectorOf({ ...emulator, fetch }).listIssues({ limit: 10 });
    expect(numbers(page.items)).toEqual([good.iid]);
    expect(page.failures).toMatchObject([{ location: `issue #${bad.iid}` }]);
  });

  it('another page than was asked for is not taken for it', async () => {
    const emulator = atOnce(3);
    const kept = await emulator.fetch('https://gitlab.com/api/v4/projects/42/issues?per_page=3', {
      headers: { 'private-token': emulator.token },
    });
    const fetch = async (): Promise<Response> => kept.clone();
    const page = connectorOf({ ...emulator, fetch }).listIssues({ limit: 2 });
    await expect(page).rejects.toMatchObject({ failureClass: 'transient' });
  });

  it('a limit is one, with the time to wait', async () => {
    const emulator = emulatorOf();
    const fetch = async (): Promise<Response> =>
      new Response('Retry later\n', {
        status: 429,
        headers: { 'retry-after': '45', 'content-type': 'text/plain' },
      });
    const page = connectorOf({ ...emulator, fetch }).listIssues({ limit: 2 });
    await expect(page).rejects.toMatchObject({ failureClass: 'rate_limit', retryAfterMs: 45_000 });
  });
});

describe('an issue', () => {
  it('that was moved is gone from here, and nothing of its shell is read', async () => {
    const emulator = emulatorOf({
      projects: [
        { id: 42, path: 'acme/shop' },
        { id: 43, path: 'acme/other' },
      ],
    });
    const person = personAt(emulator);
    const [moved, stays] = [person.create({ title: 'moves' }), person.create({ title: 'stays' })];
    emulator.state.move(moved.id, { id: 43, path: 'acme/other' });
    const connector = connectorOf(emulator);
    const page = await connector.listIssues({ limit: 10 });
    expect([numbers(page.items), page.gone?.map(({ id }) => id)]).toEqual([[stays.iid], [String(moved.iid)]]);
    await expect(connector.getIssue(refOf(moved))).rejects.toMatchObject({ code: 'issue_not_found' });
    await expect(connector.updateIssue(refOf(moved), { title: 'x' })).rejects.toMatchObject({
      code: 'issue_not_found',
    });
    const there = connectorOf(emulator, { projectId: 43 });
    expect((await there.listIssues({ limit: 10 })).items).toMatchObject([
      { title: 'moves', status: 'todo', ref: { workspace: '43', id: '1', key: 'acme/other#1' } },
    ]);
  });

  it('that is confidential is read by who may see it, and is not there for others', async () => {
    for (const [role, expected] of [
      ['owner', 'secret'],
      ['guest', 'issue_not_found'],
    ] as const) {
      const emulator = emulatorOf({ role });
      const issue = emulator.state.create('ada', { title: 'secret', confidential: true });
      const read = connectorOf(emulator)
        .getIssue(refOf(issue))
        .then(({ title }) => title)
        .catch(({ code }: { code: string }) => code);
      expect(await read).toBe(expected);
    }
  });

  it('that was closed as a duplicate is canceled, and names the other one', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const [one, two] = [person.create({ title: 'one' }), person.create({ title: 'two' })];
    emulator.state.closeAsDuplicate(two.id, one.id);
    expect(await connectorOf(emulator).getIssue(refOf(two))).toMatchObject({
      status: 'canceled',
      links: [{ type: 'duplicates', target: { workspace: '42', id: '1' } }],
    });
  });

  it.each([
    ['incident', [], 'bug'],
    ['task', [], 'subtask'],
    ['test_case', [], 'task'],
    ['incident', ['type::feature'], 'story'],
  ] as const)('of the type %s with the labels %j is a %s', async (issue_type, labels, issueType) => {
    const emulator = emulatorOf();
    const issue = emulator.state.create('ada', { title: 'one', issue_type, labels });
    expect(await connectorOf(emulator).getIssue(refOf(issue))).toMatchObject({ issueType, labels: [] });
  });

  it.each([
    ['1', [1]],
    ['#1', [1]],
    ['acme/shop#1', [1]],
    ['ACME/Shop#1', [1]],
    ['acme/other#1', []],
    ['shop', []],
  ])('of the key %s is %j', async (queryKey, expected) => {
    const emulator = atOnce(2);
    const { items } = await connectorOf(emulator).listIssues({ limit: 5, filters: { queryKey } });
    expect(numbers(items)).toEqual(expected);
  });
});

describe('a marker', () => {
  it('stands in the description of what was created, hidden, and stays when the body changes', async () => {
    const emulator = emulatorOf();
    const connector = connectorOf(emulator);
    const created = await connector.createIssue(draft({ title: 'one', body: 'text' }), {
      idempotencyKey: 'key-1',
    });
    expect(created).toMatchObject({ body: 'text', correlationKey: 'key-1' });
    const stored = (): string | null => emulator.state.byNumber(emulator.state.project, 1).description;
    expect(stored()).toBe('text\n\n<!-- spec-kitty:key-1 -->');
    const emptied = await connector.updateIssue(created.ref, { body: null });
    expect([emptied.body, stored()]).toEqual([null, '<!-- spec-kitty:key-1 -->']);
    expect([...(await connector.findByIdempotencyKeys(['key-1'])).keys()]).toEqual(['key-1']);
  });

  it('is kept by a connector that has only just begun', async () => {
    const emulator = emulatorOf();
    const { ref } = await connectorOf(emulator).createIssue(draft({ title: 'one' }), {
      idempotencyKey: 'key-1',
    });
    await connectorOf(emulator).updateIssue(ref, { body: 'later' });
    expect(emulator.state.byNumber(emulator.state.project, 1).description).toBe(
      'later\n\n<!-- spec-kitty:key-1 -->',
    );
  });

  it("in another account's issue is text", async () => {
    const emulator = emulatorOf();
    const body = 'text\n\n<!-- spec-kitty:key-1 -->';
    const issue = emulator.state.create('ada', { title: 'forged', description: body });
    const connector = connectorOf(emulator);
    const read = await connector.getIssue(refOf(issue));
    expect([read.body, read.correlationKey]).toEqual([body, undefined]);
    expect((await connector.findByIdempotencyKeys(['key-1'])).size).toBe(0);
  });

  it('that is not found in an answer to another question may still be there', async () => {
    const emulator = emulatorOf({ pageHeaders: false });
    const theirs = personAt(emulator).create({ title: 'theirs' });
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const url = new URL(request.url);
      url.searchParams.delete('author_id');
      return emulator.fetch(url, request);
    };
    const look = connectorOf({ ...emulator, fetch }).findByIdempotencyKeys(['key-1']);
    await expect(look).rejects.toMatchObject({ failureClass: 'transient' });
    expect(theirs.author).not.toBe(emulator.state.user('spec-kitty-bot').id);
  });
});

test('comments of more than one page are all listed, without what GitLab writes itself, and ours are told from others', async () => {
  const emulator = emulatorOf();
  const person = personAt(emulator);
  const [issue, other] = [person.create({ title: 'one' }), person.create({ title: 'two' })];
  for (const number of upTo(120)) emulator.state.note('ada', issue.id, `comment ${number}`);
  emulator.state.link(issue.id, other.id, 'relates_to');
  const connector = connectorOf(emulator);
  await connector.addComment(refOf(issue), 'ours');
  const comments = await connector.listComments(refOf(issue));
  expect([comments.length, comments.filter(({ ours }) => ours).map(({ body }) => body)]).toEqual([
    121,
    ['ours'],
  ]);
  const missing = { ...refOf(issue), id: '99' };
  await expect(connector.addComment(missing, 'x')).rejects.toMatchObject({ code: 'issue_not_found' });
  await expect(connector.addComment(refOf(issue), '/close')).rejects.toMatchObject({
    code: 'capability_not_supported',
  });
  expect(emulator.state.issue(issue.id).state).toBe('opened');
});

it('a list that does not end, since every page is the same, is told', async () => {
  const emulator = emulatorOf({ pageHeaders: false });
  const issues = upTo(100).map((number) => personAt(emulator).create({ title: `issue ${number}` }));
  const listed = await emulator.fetch('https://gitlab.com/api/v4/projects/42/issues?per_page=100', {
    headers: { 'private-token': emulator.token },
  });
  const text = await listed.text();
  let asked = 0;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname } = new URL(new Request(input, init).url);
    if (!pathname.endsWith('/issues')) return emulator.fetch(input, init);
    asked += 1;
    return new Response(text, { headers: { 'content-type': 'application/json' } });
  };
  expect(issues).toHaveLength(100);
  const connector = connectorOf({ ...emulator, fetch });
  await expect(connector.findByIdempotencyKeys(['key'])).rejects.toMatchObject({
    failureClass: 'non_retryable',
    message: /does not end/,
  });
  expect(asked).toBeLessThanOrEqual(1000);
});

it('comments that do not end, since every page is the same, are told', async () => {
  const emulator = emulatorOf();
  const issue = personAt(emulator).create({ title: 'one' });
  const note = { body: 'x', author: null, system: false, created_at: 'x', updated_at: 'x' };
  const notes = upTo(100).map((id) => ({ ...note, id }));
  let asked = 0;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    if (!new URL(new Request(input, init).url).pathname.endsWith('/notes'))
      return emulator.fetch(input, init);
    asked += 1;
    // Without the bound, it would go on for ever.
    return asked > 600 ? Response.json([]) : Response.json(notes);
  };
  await expect(connectorOf({ ...emulator, fetch }).listComments(refOf(issue))).rejects.toMatchObject({
    failureClass: 'non_retryable',
    message: /comments does not end/,
  });
  expect(asked).toBe(2);
});
