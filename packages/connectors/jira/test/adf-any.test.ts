import { checkAdf, seededRandom } from '@spec-kitty/tooling-emulators';
import { expect, test } from 'vitest';
import { type AdfNode, documentOf } from '../src/adf/adf-node.ts';
import { adfFrom, markdownOf, textOf } from '../src/adf/rich-text.ts';

type Random = () => number;
const some = <T>(all: readonly [T, ...T[]], random: Random): T =>
  all[Math.floor(random() * all.length)] ?? all[0];

const PIECES = [
  ...(['word', ' ', '\n', '\n\n', '\n\n\n', '  ', '    ', '\t', '\u00a0', '🐈‍⬛', '&amp;', '\\'] as const),
  ...(['# ', '- ', '+ ', '1. ', '2) ', '> ', '```', '~~~', '`', '``', '**', '_', '***', '__', '~~'] as const),
  ...([
    '[',
    '](x)',
    '![',
    '[a]',
    '[a]: http://b',
    '[^1]',
    '[^1]: ',
    'https://example.com',
    '<https://x.y>',
  ] as const),
  ...(['|', '\n| - |\n', '- [ ] ', '- [x] ', '---\n', '===\n', '[!NOTE]', '> [!TIP]\n', 'www.a.bc'] as const),
  ...(['<b>', '<!--', '-->', '<u>', '</u>', '<sup>', '</sup>', '<br>', '<div>\n', '</span>'] as const),
  ...(["<span data-adf='", '[@A](mention:1)', '<!--adf {"type":"rule"}-->'] as const),
  '<!--adf-with {"marks":[{"type":"alignment"}]}-->',
] as const;

/** What is wrong with a document that was made of this text, in words. */
function problemWith(markdown: string, document: AdfNode): string[] {
  const what = JSON.stringify(markdown);
  try {
    checkAdf(document, 'description');
  } catch {
    return [`no valid document: ${what}`];
  }
  const once = markdownOf(document);
  const again = markdownOf(adfFrom(once));
  return again === once ? [] : [`${what} is ${JSON.stringify(once)}, and then ${JSON.stringify(again)}`];
}

test('any text makes a document that is valid and reads the same the second time, and is not lost', () => {
  const random = seededRandom(7);
  const problems: string[] = [];
  for (let index = 0; index < 1500; index += 1) {
    const length = 1 + Math.floor(random() * 14);
    const markdown = Array.from({ length }, () => some(['word', ...PIECES], random)).join('');
    const document = adfFrom(markdown);
    problems.push(...problemWith(markdown, document));
    if (textOf(document, markdown) !== markdown) problems.push(`lost: ${JSON.stringify(markdown)}`);
  }
  expect(problems).toEqual([]);
});

const TEXTS = [
  'a',
  ' ',
  'two words',
  '*',
  '_x_',
  '`',
  '[',
  '<b>',
  '# ',
  '- ',
  '1.',
  'x|y',
  '&amp;',
  ' end',
] as const;
const OTHERS: readonly [AdfNode, ...AdfNode[]] = [
  { type: 'hardBreak' },
  { type: 'emoji', attrs: { shortName: ':x:', text: '😀' } },
  { type: 'mention', attrs: { id: 'a:1', text: '@Ada', accessLevel: '' } },
  { type: 'inlineCard', attrs: { url: 'https://example.com/a' } },
];

function phrase(random: Random): AdfNode {
  if (random() < 0.25) return some(OTHERS, random);
  const isCode = random() < 0.1;
  const marks = (
    isCode ? ['code'] : ['strong', 'em', 'strike', 'underline'].filter(() => random() < 0.2)
  ).map((type) => ({ type }));
  return { type: 'text', text: some(TEXTS, random), ...(marks.length > 0 ? { marks } : {}) };
}

const paragraph = (random: Random): AdfNode => ({
  type: 'paragraph',
  content: Array.from({ length: 1 + Math.floor(random() * 5) }, () => phrase(random)),
});

function block(random: Random): AdfNode {
  const inside = [paragraph(random), paragraph(random)];
  const items = inside.map((one): AdfNode => ({ type: 'listItem', content: [one] }));
  const { content = [] } = paragraph(random);
  const task: AdfNode = { type: 'taskItem', attrs: { localId: 'b', state: 'TODO' }, content };
  const cell = (type: string): AdfNode => ({
    type: 'tableRow',
    content: [{ type, content: [paragraph(random)] }],
  });
  return some(
    [
      paragraph(random),
      { type: 'heading', attrs: { level: 2 }, content },
      { type: 'codeBlock', attrs: { language: 'x' }, content: [{ type: 'text', text: 'a\n```\nb' }] },
      { type: 'blockquote', content: inside },
      { type: 'panel', attrs: { panelType: 'info' }, content: inside },
      { type: 'bulletList', content: items },
      { type: 'orderedList', attrs: { order: 3 }, content: items },
      { type: 'taskList', attrs: { localId: 'a' }, content: [task] },
      { type: 'table', content: [cell('tableHeader'), cell('tableCell')] },
      { type: 'expand', attrs: { title: 'x' }, content: inside },
    ],
    random,
  );
}

/** What people see of a document, but for white space; what Markdown has no word for is seen, too. */
function seen({ type, text = '', content = [] }: AdfNode): string {
  const own = type === 'emoji' || type === 'mention' || type === 'inlineCard' ? `{${type}}` : text;
  return (own + content.map(seen).join('')).replaceAll(/\s/g, '');
}

test('any document reads the same the second time, and shows what it showed', () => {
  const random = seededRandom(7);
  const problems: string[] = [];
  for (let index = 0; index < 1500; index += 1) {
    const content = Array.from({ length: 1 + Math.floor(random() * 3) }, () => block(random));
    const document = documentOf(content);
    const markdown = markdownOf(document);
    const back = adfFrom(markdown);
    problems.push(...problemWith(markdown, back));
    if (seen(back) !== seen(document))
      problems.push(`${markdown} shows ${seen(back)}, not ${seen(document)}`);
  }
  expect(problems).toEqual([]);
});
