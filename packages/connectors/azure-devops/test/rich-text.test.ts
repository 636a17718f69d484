import { describe, expect, it, test } from 'vitest';
import { htmlOf, markdownOf } from '../src/rich-text.ts';

test.each([
  ['plain', 'plain'],
  ['<div>one</div><div>two <b>b</b> &amp; <i>i</i></div>', 'one\n\ntwo **b** & *i*'],
  ['<div><div>deep</div><ul><li>a</li><li>b</li></ul></div>', 'deep\n\n- a\n- b'],
  ['<div><br></div>', ''],
  ['<p>a <u>u</u> and H<sub>2</sub>O</p>', 'a <u>u</u> and H<sub>2</sub>O'],
  [
    '<a href="#" data-vss-mention="version:2.0,1">@Ada</a> hi',
    '<a href="#" data-vss-mention="version:2.0,1">@Ada</a> hi',
  ],
  ['<img src="x.png" width="30">', '<img src="x.png" width="30">'],
  [
    '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>',
    '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>',
  ],
  ['<p>1 * 2 _ 3</p>', '1 \\* 2 \\_ 3'],
])('%s is read as %s', (html, markdown) => {
  expect(markdownOf(html)).toBe(markdown);
});

test.each([
  'A body',
  '# Heading\n\n- one\n- two\n\n```ts\nlet x = 1;\n```',
  '1. a\n2. b',
  '> q\n> r',
  '~~gone~~ and `code`',
  '| a | b |\n| - | - |\n| 1 | 2 |',
  '- [ ] open\n- [x] done',
  'a <u>u</u> b',
  '%s {{x}} \\ & 100%',
])('%s comes back as it was written', (markdown) => {
  expect(markdownOf(htmlOf(markdown))).toBe(markdown);
});

describe('what is not touched', () => {
  const before =
    '<div style="color:red">red</div><div><br></div><p>plain <span style="color:blue">blue</span></p><ul><li>a</li></ul>';

  it('keeps its HTML, where something is added', () => {
    expect(htmlOf(`${markdownOf(before)}\n\nnew`, before)).toBe(`${before}<p>new</p>`);
  });

  it('keeps its HTML, where something else changes', () => {
    expect(htmlOf('red\n\nchanged\n\n- a', before)).toBe(
      '<div style="color:red">red</div><div><br></div><p>changed</p><ul><li>a</li></ul>',
    );
  });

  it('keeps it in another order, too, and each once', () => {
    expect(htmlOf('- a\n\nred\n\nred', before)).toBe(
      '<ul><li>a</li></ul><div style="color:red">red</div><div><br></div><p>red</p>',
    );
  });
});

test.each([
  '<script>alert(1)</script>',
  'a <b onclick="x()">b</b>',
  '<img src="x" onerror="x()">',
  '<a href="javascript:x()">a</a>',
  '<iframe src="x"></iframe>',
])('%s does not become HTML that runs', (markdown) => {
  expect(htmlOf(markdown)).not.toMatch(/<(?:script|b|img|iframe|a)\b/i);
});

test('what is nested without an end is an error of ours', () => {
  const deep = '<div>'.repeat(100_000);
  let error: unknown;
  try {
    markdownOf(`${deep}x`);
  } catch (caught) {
    error = caught;
  }
  if (error !== undefined) expect(error).toMatchObject({ code: 'tracker_contract', kind: 'answer' });
});
