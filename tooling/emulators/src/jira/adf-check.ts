import { JiraRefusal } from './refusal.ts';

/** A node of the Atlassian Document Format: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ */
export interface AdfNode {
  type: string;
  text?: string;
  content?: AdfNode[];
  attrs?: Record<string, unknown>;
  marks?: { type: string; attrs?: Record<string, unknown> }[];
}

const INLINE = [
  'text',
  'hardBreak',
  'mention',
  'emoji',
  'inlineCard',
  'date',
  'status',
  'mediaInline',
  'inlineExtension',
];
const BLOCKS = [
  'paragraph',
  'heading',
  'bulletList',
  'orderedList',
  'taskList',
  'decisionList',
  'codeBlock',
  'blockquote',
  'panel',
  'rule',
  'table',
  'mediaSingle',
  'mediaGroup',
  'expand',
  'extension',
  'bodiedExtension',
  'blockCard',
  'embedCard',
  'layoutSection',
];
const IN_CELL = BLOCKS.filter((type) => !['table', 'expand', 'layoutSection'].includes(type)).concat(
  'nestedExpand',
);
const IN_ITEM = [
  'paragraph',
  'bulletList',
  'orderedList',
  'taskList',
  'codeBlock',
  'mediaSingle',
  'extension',
];

/** What each node may hold, as http://go.atlassian.com/adf-json-schema has it; one that is not named holds nothing. */
const CHILDREN: Readonly<Record<string, readonly string[]>> = {
  doc: BLOCKS,
  paragraph: INLINE,
  heading: INLINE,
  codeBlock: ['text'],
  blockquote: [
    'paragraph',
    'bulletList',
    'orderedList',
    'codeBlock',
    'mediaSingle',
    'mediaGroup',
    'extension',
  ],
  panel: [
    'extension',
    'paragraph',
    'heading',
    'bulletList',
    'orderedList',
    'taskList',
    'decisionList',
    'codeBlock',
    'rule',
    'mediaSingle',
    'mediaGroup',
    'blockCard',
  ],
  bulletList: ['listItem'],
  orderedList: ['listItem'],
  listItem: IN_ITEM,
  taskList: ['taskItem', 'taskList'],
  taskItem: INLINE,
  decisionList: ['decisionItem'],
  decisionItem: INLINE,
  table: ['tableRow'],
  tableRow: ['tableCell', 'tableHeader'],
  tableCell: IN_CELL,
  tableHeader: IN_CELL,
  mediaSingle: ['media', 'caption'],
  mediaGroup: ['media'],
  caption: INLINE,
  expand: BLOCKS.filter((type) => type !== 'expand'),
  nestedExpand: BLOCKS.filter((type) => type !== 'expand'),
  bodiedExtension: BLOCKS,
  layoutSection: ['layoutColumn'],
  layoutColumn: BLOCKS,
};
const MUST_HOLD = new Set([
  'bulletList',
  'orderedList',
  'listItem',
  'blockquote',
  'panel',
  'table',
  'tableRow',
]);
const MARKS = new Set([
  'strong',
  'em',
  'code',
  'strike',
  'link',
  'underline',
  'subsup',
  'textColor',
  'backgroundColor',
  'annotation',
  'border',
  'alignment',
  'indentation',
  'breakout',
]);
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  heading: ['level'],
  panel: ['panelType'],
  mention: ['id'],
  emoji: ['shortName'],
  taskList: ['localId'],
  taskItem: ['localId', 'state'],
  date: ['timestamp'],
  media: ['type'],
};

function refuse(field: string): never {
  throw new JiraRefusal(400, {
    [field]: 'Operation value must be an Atlassian Document (see the Atlassian Document Format)',
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The length of a document's text. @throws JiraRefusal where the value is no document. */
export function checkAdf(value: unknown, field: string): number {
  if (
    !isObject(value) ||
    value['type'] !== 'doc' ||
    value['version'] !== 1 ||
    !Array.isArray(value['content'])
  )
    return refuse(field);
  const length = lengthOf(value, field);
  if (length > 32_767)
    throw new JiraRefusal(400, {
      [field]: 'The entered text is too long. It exceeds the allowed limit of 32,767 characters.',
    });
  return length;
}

function lengthOf(node: Record<string, unknown>, field: string): number {
  const { type, text, content, attrs, marks } = node;
  if (typeof type !== 'string') return refuse(field);
  if (type === 'text' && (typeof text !== 'string' || text === '')) return refuse(field);
  if (marks !== undefined) {
    if (!Array.isArray(marks)) return refuse(field);
    const types = marks.map((mark) => (isObject(mark) ? String(mark['type']) : ''));
    if (types.some((one) => !MARKS.has(one)) || new Set(types).size !== types.length) return refuse(field);
    if (INLINE.includes(type) && type !== 'text' && types.some((one) => one !== 'annotation'))
      return refuse(field);
    // Code is code, whatever else: https://developer.atlassian.com/cloud/jira/platform/apis/document/marks/code/
    if (types.includes('code') && types.some((one) => !['code', 'link', 'annotation'].includes(one)))
      return refuse(field);
  }
  for (const name of NEEDED[type] ?? [])
    if (!isObject(attrs) || attrs[name] === undefined) return refuse(field);
  const children = content ?? [];
  if (!Array.isArray(children)) return refuse(field);
  if (MUST_HOLD.has(type) && children.length === 0) return refuse(field);
  let length = typeof text === 'string' ? text.length : 0;
  for (const child of children) {
    if (!isObject(child) || !(CHILDREN[type] ?? []).includes(String(child['type']))) return refuse(field);
    if (type === 'codeBlock' && child['marks'] !== undefined) return refuse(field);
    length += lengthOf(child, field);
  }
  return length;
}

/** The text of a document, for searches. */
export function adfText(value: unknown): string {
  if (!isObject(value)) return typeof value === 'string' ? value : '';
  const own = typeof value['text'] === 'string' ? value['text'] : '';
  const content = Array.isArray(value['content']) ? value['content'] : [];
  const inner = content.map(adfText).join(value['type'] === 'paragraph' ? '' : ' ');
  return own + inner;
}

/** A document of plain paragraphs, as people type them. */
export function adfOf(text: string | null | undefined): AdfNode | null {
  if (text == null || text.trim() === '') return null;
  const content = text.split(/\n{2,}/).map(
    (part): AdfNode => ({
      type: 'paragraph',
      content: part
        .split('\n')
        .flatMap((line, index): AdfNode[] => [
          ...(index > 0 ? [{ type: 'hardBreak' }] : []),
          ...(line === '' ? [] : [{ type: 'text', text: line }]),
        ]),
    }),
  );
  return Object.assign({ type: 'doc', content }, { version: 1 });
}
