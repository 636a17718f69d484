import { describe, expect, it, test } from 'vitest';
import { holdsWords, quoted, since } from '../src/jql.ts';
import { connectorOf, emulatorOf, personAt, refOf } from './fixtures.ts';

describe('a text in a query', () => {
  it.each([
    ['plain', '"plain"'],
    ['" OR project = OPS OR "', '"\\" OR project = OPS OR \\""'],
    ['\\', '"\\\\"'],
    ['\\" OR x', '"\\\\\\" OR x"'],
    ['two\nlines\u0000', '"two\\u000alines\\u0000"'],
    ['select', '"select"'],
    ["it's", '"it\'s"'],
  ])('%j is quoted', (text, jql) => {
    expect(quoted(text)).toBe(jql);
  });

  it('cannot leave its quotation marks, whatever is looked for', async () => {
    const emulator = emulatorOf();
    const person = personAt(emulator);
    const labels = ['"or"project="OPS', '\\', '\\"', "'", 'and', 'null', '--', '{x}', '\u00e9"', 'ORDER'];
    const made = labels.map((label) => person.create({ title: 'one', labels: [label] }));
    const connector = connectorOf(emulator);
    for (const [index, label] of labels.entries()) {
      const { items } = await connector.listIssues({ limit: 100, filters: { labels: [label] } });
      expect(items.map(({ ref }) => ref.id)).toEqual([made[index]?.id]);
    }
  });

  it('that is looked for as text is put in as plain words, and compared here', async () => {
    expect(
      ['the red "fox"', 'NOT a AND b', '--', 'summary ~ x)', 'C++ compiler'].map((text) => holdsWords(text)),
    ).toEqual([
      '(summary ~ "red" OR description ~ "red")',
      '(summary ~ "b" OR description ~ "b")',
      undefined,
      '(summary ~ "summary" OR description ~ "summary")',
      '(summary ~ "compiler" OR description ~ "compiler")',
    ]);
    const emulator = emulatorOf();
    const person = personAt(emulator);
    person.create({ title: 'A C compiler' });
    const wanted = person.create({ title: 'A C++ compiler' });
    const connector = connectorOf(emulator);
    const { items } = await connector.listIssues({ limit: 10, filters: { queryText: 'c++ COMPILER' } });
    expect(items.map(({ ref }) => ref.id)).toEqual([wanted.id]);
  });
});

test('nothing is assigned to an account that Jira does not know', async () => {
  const emulator = emulatorOf();
  personAt(emulator).create({ title: 'one' });
  const filters = { assignee: 'nobody" OR project = "SHOP' };
  expect((await connectorOf(emulator).listIssues({ limit: 5, filters })).items).toEqual([]);
});

describe('a time in a query', () => {
  it.each([
    ['America/New_York', '2026-01-05T04:00:59.999Z', '2026-01-04 23:00'],
    ['Europe/Moscow', '2026-01-05T22:30:00.000Z', '2026-01-06 01:30'],
    ['Asia/Kolkata', '2026-01-05T19:00:00.000Z', '2026-01-06 00:30'],
    ['UTC', '2026-01-05T19:00:30.000Z', '2026-01-05 19:00'],
    ['Mars/Olympus', '2026-01-05T19:00:30.000Z', '2026-01-04 17:00'],
    [undefined, '2026-01-05T19:00:30.000Z', '2026-01-04 17:00'],
    // The clock is put back at 06:00 in UTC, so that 01:30 comes twice.
    ['America/New_York', '2026-11-01T05:30:00.000Z', '2026-10-31 22:30'],
  ])('in %s, %s begins at %s', (zone, time, local) => {
    expect(since('updated', time, zone)).toBe(`updated >= "${local}"`);
  });

  it('as old as the epoch, or that is none, is not sent', () => {
    expect(['1970-01-01T00:00:00.000Z', 'x', undefined].map((time) => since('updated', time, 'UTC'))).toEqual(
      [undefined, undefined, undefined],
    );
  });

  test.each(['America/New_York', 'Europe/Moscow', 'Asia/Kolkata', 'Europe/Berlin'])(
    'loses nothing around the hours in which clocks change, in %s',
    async (timeZone) => {
      for (const change of [
        '2026-10-25T01:00:00.000Z',
        '2026-11-01T06:00:00.000Z',
        '2026-03-29T01:00:00.000Z',
      ]) {
        const emulator = emulatorOf({ timeZone, limits: false });
        const person = personAt(emulator);
        const connector = connectorOf(emulator);
        emulator.time.advance(Date.parse(change) - 3 * 3_600_000 - emulator.time.ms);
        for (let half = 0; half < 12; half += 1) {
          const { id } = person.create({ title: `at ${half}` });
          const updatedSince = emulator.time.clock.now();
          const { items } = await connector.listIssues({ limit: 100, updatedSince });
          expect(items.map(({ ref }) => ref.id)).toContain(id);
          emulator.time.advance(1_800_000);
        }
      }
    },
  );
});

test('a moved issue is read by its id, and its former key finds nothing here', async () => {
  const emulator = emulatorOf();
  const issue = personAt(emulator).create({ title: 'one' });
  const before = refOf(issue);
  const connector = connectorOf(emulator);
  const byKey = async (queryKey: string) =>
    (await connector.listIssues({ limit: 5, filters: { queryKey } })).items.map(({ ref }) => ref.id);
  expect([await byKey('shop-1'), await byKey('OPS-1'), await byKey('SHOP-1 OR 1=1')]).toEqual([
    [issue.id],
    [],
    [],
  ]);
  emulator.state.move(issue.id, 'OPS');
  expect((await connector.getIssue(before)).ref).toMatchObject({ id: issue.id, key: 'OPS-1' });
  expect([await byKey('SHOP-1'), (await connector.listIssues({ limit: 5 })).items]).toEqual([[], []]);
});
