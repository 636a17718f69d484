import { describe, expect, it } from 'vitest';
import { isId, parseIssue, parseLines, parseList } from '../src/answers.ts';

describe('lines of text', () => {
  it('are issues, and their indentation tells the parent', () => {
    const text = [
      'FP-1 [todo] [high] Title',
      '├── FP-2 [in-progress] Second [not a priority]',
      '│   └── FP-3 [waiting] [urgent]  spaced   out ',
      '└── FP-10 [done] Last child',
      '',
      'FP-4 [todo] Another root',
    ].join('\n');
    const { issues, failures } = parseLines(text);
    expect(failures).toEqual([]);
    expect(
      issues.map(({ id, status, priority, title, parent }) => [id, status, priority, title, parent]),
    ).toEqual([
      ['FP-1', 'todo', 'high', 'Title', null],
      ['FP-2', 'in-progress', null, 'Second [not a priority]', 'FP-1'],
      ['FP-3', 'waiting', 'urgent', ' spaced   out', 'FP-2'],
      ['FP-10', 'done', null, 'Last child', 'FP-1'],
      ['FP-4', 'todo', null, 'Another root', null],
    ]);
  });

  it.each(['the rest of a title', 'FP-1 todo Title', 'FP-1 [todo]', '-1 [todo] Flag', '🐈'])(
    '%j is none, and is told',
    (line) => {
      expect(parseLines(`FP-9 [todo] Good\n${line}\n`)).toMatchObject({
        issues: [{ id: 'FP-9' }],
        failures: [{ location: 'line 2' }],
      });
    },
  );
});

describe('JSON', () => {
  const transcript = {
    id: 'abcdefghijklmnopqrstuvwxyzabcdef',
    shortId: 'abcdefgh',
    title: 'A',
    description: '',
    status: 'todo',
    priority: null,
    parent: null,
    dependencies: [],
    createdAt: '2026-10-04T18:47:55.827Z',
    updatedAt: '2026-10-04T18:47:55.827Z',
    properties: { labels: ['x'] },
  };

  it('is read as its transcripts show it, with and without properties', () => {
    const { properties, shortId, ...whole } = transcript;
    const older = { ...whole, id: `z${whole.id.slice(1)}` };
    const { issues, failures } = parseList(JSON.stringify({ issues: [transcript, older] }));
    expect(failures).toEqual([]);
    expect(issues).toEqual([{ ...whole, properties }, older]);
    expect(shortId).toBe(transcript.id.slice(0, 8));
  });

  it('loses one issue to a bad row, not all of them', () => {
    const rows = [{ ...transcript, status: 3 }, transcript, null];
    expect(parseList(JSON.stringify({ issues: rows }))).toMatchObject({
      issues: [{ title: 'A' }],
      failures: [{ location: 'issues[0]' }, { location: 'issues[2]' }],
    });
  });

  it('lists an id once, and tells the others', () => {
    const rows = [transcript, { ...transcript, title: 'B', createdAt: '2026-10-05T00:00:00.000Z' }];
    expect(parseList(JSON.stringify({ issues: rows }))).toMatchObject({
      issues: [{ title: 'A' }],
      failures: [{ location: 'issues[1]' }],
    });
    expect(parseLines('FP-1 [todo] A\nFP-1 [todo] B')).toMatchObject({
      issues: [{ title: 'A' }],
      failures: [{ location: 'line 2' }],
    });
  });

  it.each(['', 'FP-1 [todo] Title', '[]', '{"issues":{}}', 'null'])('%j is no list', (text) => {
    expect(() => parseList(text)).toThrow(
      expect.objectContaining({ code: 'tracker_contract', kind: 'answer' }),
    );
    expect(() => parseIssue(text)).toThrow(
      expect.objectContaining({ code: 'tracker_contract', kind: 'answer' }),
    );
  });

  it.each(['-x', '', 'a b', 'a,b'])('%j is no id', (text) => {
    expect(isId(text)).toBe(false);
  });
});
