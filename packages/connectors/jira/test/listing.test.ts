import { seededRandom } from '@spec-kitty/tooling-emulators';
import { type CanonicalIssue, shiftTimestamp } from '@spec-kitty/tracker-core';
import { expect, it, test } from 'vitest';
import { z } from 'zod';
import type { JiraConnector } from '../src/index.ts';
import { connectorOf, emulatorOf, personAt, refOf } from './fixtures.ts';

const PageSchema = z.object({ issues: z.array(z.unknown()) });

/** Every page, with something done after each. */
async function listed(
  connector: JiraConnector,
  query: { limit: number; updatedSince?: string },
  between: () => void = () => {},
): Promise<CanonicalIssue[]> {
  const items: CanonicalIssue[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await connector.listIssues({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items);
    between();
    cursor = page.nextCursor;
    if (cursor === undefined) return items;
  }
}

test('pages that are short are no end, and none is shown twice', async () => {
  const emulator = emulatorOf();
  const person = personAt(emulator);
  for (let index = 0; index < 400; index += 1) {
    person.create({ title: `issue ${index}` });
    // Many in one instant.
    if (index % 7 === 0) emulator.time.advance(1000);
  }
  const sizes: number[] = [];
  const { fetch } = emulator;
  const counting: typeof globalThis.fetch = async (input, init) => {
    const answer = await fetch(input, init);
    const page = PageSchema.safeParse(await answer.clone().json());
    if (page.success) sizes.push(page.data.issues.length);
    return answer;
  };
  const items = await listed(connectorOf({ ...emulator, fetch: counting }), { limit: 50 });
  expect([items.length, new Set(items.map(({ ref }) => ref.id)).size]).toEqual([400, 400]);
  expect(sizes).toContain(40);
});

it.each(Array.from({ length: 20 }, (_, index) => index + 1))(
  'loses nothing while people work, with what is told of the lag: trace %i',
  async (seed) => {
    const random = seededRandom(seed);
    const indexLagMs = 25_000;
    const timeZone = ['America/New_York', 'Europe/Moscow', 'Asia/Kolkata'][seed % 3] ?? 'UTC';
    const emulator = emulatorOf({ indexLagMs, timeZone });
    const person = personAt(emulator);
    const connector = connectorOf(emulator);
    const { lagMs = 0 } = await connector.getCapabilities();
    const refs = Array.from({ length: 12 }, (_, index) => refOf(person.create({ title: `issue ${index}` })));
    let edits = 0;
    const work = (): void => {
      for (const ref of refs)
        if (random() < 0.2) {
          edits += 1;
          person.edit(ref, { title: `edit ${edits}` });
        }
      emulator.time.advance(random() * 15_000);
    };
    const seen = new Map<string, string>();
    let since: string | undefined;
    for (let pull = 0; pull < 8; pull += 1) {
      const from = since === undefined ? {} : { updatedSince: shiftTimestamp(since, -lagMs) };
      const isLast = pull === 7;
      if (isLast) emulator.time.advance(60_000);
      const items = await listed(connector, { limit: 4, ...from }, isLast ? () => {} : work);
      for (const { ref, title, updatedAt } of items) {
        seen.set(ref.id, title);
        if (updatedAt !== null && (since === undefined || updatedAt > since)) since = updatedAt;
      }
    }
    const there = refs.map(({ id }) => [id, emulator.state.issue(id).summary]);
    expect([...seen].sort()).toEqual(there.sort());
    expect(edits).toBeGreaterThan(10);
  },
);
