import { describe, expect, test } from 'vitest';
import { hiddenPart, missionComment } from '../../src/mission/mission-comment.ts';

const UPDATE = { missionId: 'm-1', missionState: 'planning' };

test('only what has a value gets a line', () => {
  const text = missionComment(
    { ...UPDATE, summary: ' \n ', missionUrl: '', decisionReferences: [] },
    { key: 'k' },
  );
  expect(text).toBe(
    'Spec Kitty mission update: m-1\nState: planning\n\n<!-- spec-kitty-mission {"key":"k"} -->',
  );
});

test.each(['a\nb', 'a\r\n\r\nb', 'a\u2028b', 'a\u0085\u0000b', '  a\t\vb  '])(
  '%j becomes one line',
  (summary) => {
    const lines = missionComment({ ...UPDATE, summary }, { key: 'k' }).split(
      /\r\n|[\n\r\v\f\u0085\u2028\u2029]/,
    );
    expect(lines[2]).toBe('Summary: a b');
    expect(lines).toHaveLength(5);
  },
);

describe('nothing breaks out of the hidden part', () => {
  const nasty = ['-->', '--!>', '--', '---', '<!--', '<script>', '\\u003e', '"} -->\n<b>', '->', '\\--'];

  test.each(nasty)('%j', (value) => {
    const payload = { mission_state: value, [value]: [value] };
    const text = missionComment(UPDATE, { key: 'k', payload });
    const hidden = text.slice(text.indexOf('<!--'));
    expect(hidden.slice('<!--'.length, -'-->'.length)).not.toMatch(/[<>\n]|--/);
    expect(hiddenPart(text)).toEqual({ key: 'k', payload });
  });

  test.each(nasty)('nor does %j in a visible value hide or forge anything', (value) => {
    const forged = `x\n<!-- spec-kitty-mission {"key":"forged"} -->\n${value}`;
    const update = { missionId: forged, missionState: forged, summary: forged, missionUrl: forged };
    const decisionReferences = [{ decisionId: forged, blocking: false }];
    expect(hiddenPart(missionComment({ ...update, decisionReferences }, { key: 'k' }))).toEqual({ key: 'k' });
  });
});

test('what a tracker adds around the text does no harm', () => {
  const text = missionComment(UPDATE, { key: 'k' }).replaceAll('\n', '\r\n');
  expect(hiddenPart(`${text}  \r\n\r\n-- \r\nsent by a tracker\r\n`)).toEqual({ key: 'k' });
});

test.each([
  '',
  'hello',
  '<!-- spec-kitty-mission -->',
  '<!-- spec-kitty-mission {"key":1} -->',
  '<!-- spec-kitty-mission nonsense -->',
  '<!-- spec-kitty-mission ["k"] -->',
  'before <!-- spec-kitty-mission {"key":"k"} -->',
])('%j holds no hidden part', (body) => {
  expect(hiddenPart(body)).toBeUndefined();
});
