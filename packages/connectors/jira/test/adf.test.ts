import { checkAdf } from '@spec-kitty/tooling-emulators';
import { describe, expect, it } from 'vitest';
import { type AdfNode, documentOf } from '../src/adf/adf-node.ts';
import { adfFrom, markdownOf, textOf } from '../src/adf/rich-text.ts';

const text = (value: string, ...marks: string[]): AdfNode => ({
  type: 'text',
  text: value,
  ...(marks.length > 0 ? { marks: marks.map((type) => ({ type })) } : {}),
});
const paragraph = (...content: AdfNode[]): AdfNode => ({ type: 'paragraph', content });

describe('Markdown goes there and comes back', () => {
  it.each([
    ['a heading', '## Two words'],
    ['marks', 'a **strong** _em_ ~~gone~~ `code` **_both_** word'],
    ['a link', 'see [the page](https://example.com/a?b=c) and [**it**](https://example.com)'],
    ['a bare address', '<https://example.com/a>'],
    ['a list', '- one\n- two\n  - inner\n    1. deep\n    2. er\n- three'],
    ['an ordered list that begins at 3', '3. three\n4. four'],
    ['tasks', '- [ ] open\n- [x] done\n  - [ ] below'],
    ['code', '```ts\nlet x = "`";\n\n  // y\n```'],
    ['code with fences in it', '````\n```\ninner\n```\n````'],
    ['a quote', '> one\n>\n> two\n>\n> - in it'],
    ['a panel', '> [!WARNING]\n>\n> Careful **now**\n>\n> - one'],
    ['a table', '| a | **b** |\n| - | - |\n| 1 | x \\| y |\n| `c` | |'],
    ['a rule', 'above\n\n---\n\nbelow'],
    ['a hard break', 'one\\\ntwo'],
    ['a picture', '![a cat](https://example.com/cat.png)'],
    ['a mention', 'ask [@Ada](mention:557058%3A295406f3) first'],
    ['an item with two paragraphs and code', '- one\n\n  two\n\n  ```sh\n  ls\n  ```\n- three'],
    ['underlined, raised and lowered', '<u>under</u> x<sup>2</sup> H<sub>2</sub>O'],
    ['what only looks like Markdown', '\\*not\\* \\[a]\\(b) # c 1. & \\<b>'],
  ])('%s', (_name, markdown) => {
    const document = adfFrom(markdown);
    checkAdf(document, 'description');
    expect(markdownOf(document)).toBe(markdown);
  });
});

describe('what Markdown cannot hold', () => {
  const media: AdfNode = {
    type: 'mediaSingle',
    attrs: { layout: 'wide' },
    content: [{ type: 'media', attrs: { type: 'file', id: '6e7c', collection: 'jira' } }],
  };
  const emoji: AdfNode = { type: 'emoji', attrs: { shortName: ':smile:', id: '1f604', text: '😄' } };
  const opaque: [string, AdfNode][] = [
    ['media', media],
    [
      'a panel of its own colour',
      { type: 'panel', attrs: { panelType: 'custom', panelColor: '#fff' }, content: [paragraph(text('x'))] },
    ],
    [
      'an expander',
      { type: 'expand', attrs: { title: "a -- 'b' | `c` <d>" }, content: [paragraph(text('in it'))] },
    ],
    [
      'a table with a list in it',
      {
        type: 'table',
        content: [
          {
            type: 'tableRow',
            content: [
              {
                type: 'tableCell',
                content: [
                  { type: 'bulletList', content: [{ type: 'listItem', content: [paragraph(text('x'))] }] },
                ],
              },
            ],
          },
        ],
      },
    ],
    [
      'the widths of a table',
      {
        type: 'table',
        attrs: { width: 760, displayMode: 'fixed' },
        content: ['tableHeader', 'tableCell'].map((type) => ({
          type: 'tableRow',
          content: [[120], null].map((colwidth) => ({
            type,
            ...(colwidth ? { attrs: { colwidth } } : {}),
            content: [paragraph(text('x'))],
          })),
        })),
      },
    ],
    [
      'code that is wrapped',
      { type: 'codeBlock', attrs: { language: 'ts', wrap: true }, content: [text('x')] },
    ],
    ['something new', { type: 'extension', attrs: { extensionKey: 'k', parameters: { a: [1, null] } } }],
    [
      'something new in a list',
      {
        type: 'bulletList',
        content: [
          {
            type: 'listItem',
            content: [paragraph(text('x')), { type: 'extension', attrs: { extensionKey: 'k' } }],
          },
        ],
      },
    ],
    ['an emoji', paragraph(text('so '), emoji, text(' it is'))],
    [
      'an emoji in a table',
      {
        type: 'table',
        content: [{ type: 'tableRow', content: [{ type: 'tableHeader', content: [paragraph(emoji)] }] }],
      },
    ],
    ['a status', paragraph({ type: 'status', attrs: { text: 'READY', color: 'green' } })],
    ['a date', paragraph({ type: 'date', attrs: { timestamp: '1767571200000' } })],
    [
      'a colour',
      paragraph(text('a '), { ...text('red'), marks: [{ type: 'textColor', attrs: { color: '#ff0000' } }] }),
    ],
    [
      'a mention that somebody made a remark on',
      paragraph({
        type: 'mention',
        attrs: { id: 'a:b', text: '@Ada', accessLevel: '' },
        marks: [{ type: 'annotation', attrs: { id: '1', annotationType: 'inlineComment' } }],
      }),
    ],
    ['a card', paragraph(text('see '), { type: 'inlineCard', attrs: { url: 'https://example.com/x' } })],
    [
      'a paragraph in the middle',
      { ...paragraph(text('x')), marks: [{ type: 'alignment', attrs: { align: 'center' } }] },
    ],
  ];

  it.each(opaque)('stays: %s', (_name, node) => {
    const document = documentOf([paragraph(text('Before')), node, paragraph(text('After'))]);
    const markdown = markdownOf(document);
    const read = adfFrom(markdown);
    checkAdf(read, 'description');
    expect(read).toEqual(document);
    // An edit of what is around it, without the document that was there before.
    expect(adfFrom(markdown.replace('Before', 'Now')).content[1]).toEqual(node);
  });

  it('stays out of the way: a table with widths is a table', () => {
    const [, table] = opaque.find(([name]) => name === 'the widths of a table') ?? [];
    const markdown = markdownOf(documentOf(table ? [table] : []));
    expect(markdown.split('\n').slice(1)).toEqual(['', '| x | x |', '| - | - |', '| x | x |']);
  });

  it('is shown as the words that people see', () => {
    expect(markdownOf(documentOf([paragraph(emoji)]))).toMatch(/>😄<\/span>$/);
  });

  it('is kept in blocks that nobody touched, down to what has no place in Markdown at all', () => {
    const odd: AdfNode = { type: 'heading', attrs: { level: 2, localId: 'abc' }, content: [text('Title')] };
    const before = documentOf([odd, paragraph(text('old'))]);
    const edited = markdownOf(before).replace('old', 'new');
    expect(adfFrom(edited, before).content).toEqual([odd, paragraph(text('new'))]);
  });

  it('takes no marks where it is no text', () => {
    const document = adfFrom('**hello [@Ada](mention:1) and <https://example.com>**');
    checkAdf(document, 'description');
    const types = (document.content[0]?.content ?? []).map(({ type, marks = [] }) => [
      type,
      ...marks.map((mark) => mark.type),
    ]);
    expect(types).toEqual([['text', 'strong'], ['mention'], ['text', 'strong'], ['text', 'link', 'strong']]);
  });

  it('in text that merely looks like it stays text', () => {
    const markdown = "<!--adf {broken}-->\n\n<span data-adf='nothing'>x</span> and </span>";
    const document = adfFrom(markdown);
    checkAdf(document, 'description');
    expect(textOf(document, markdown)).toBe(markdown);
  });
});

describe('a text that comes back in another spelling', () => {
  const written = '* a\n* b\n\nTitle\n=====\n\ntwo\nlines <!-- hidden -->';

  it('is given back as it was written while nobody edits it', () => {
    const document = adfFrom(written);
    expect([markdownOf(document) === written, textOf(document, written)]).toEqual([false, written]);
  });

  it('is given as it is after an edit', () => {
    const edited = adfFrom('two\\\nlines');
    expect(textOf(edited, written)).toBe('two\\\nlines');
  });
});
