import { type AdfMark, type AdfNode, attributesOf, joinedTexts } from './adf-node.ts';
import type { BlockContent, ListItem, PhrasingContent, RootContent, TableRow } from './mdast.ts';
import { type Beside, opaqueBeside, opaqueBlock, opaqueSpan } from './opaque.ts';
import { ALERTS, MENTION } from './words.ts';

const html = (value: string): { type: 'html'; value: string } => ({ type: 'html', value });
const paragraph = (children: PhrasingContent[]): { type: 'paragraph'; children: PhrasingContent[] } => ({
  type: 'paragraph',
  children,
});

/** The blocks of a node as Markdown has them. Empty paragraphs, which only make room, are left out. */
export function blocksOf(content: readonly AdfNode[] = []): BlockContent[] {
  return content.flatMap((node): BlockContent[] => {
    const block = blockOf(node);
    if (!block) return [];
    const beside = block.type === 'html' ? {} : besideOf(node);
    return Object.keys(beside).length > 0 ? [html(opaqueBeside(beside)), block] : [block];
  });
}

/** The attributes that Markdown has a word for, or that say only what is so anyway. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  heading: ['level'],
  codeBlock: ['language'],
  orderedList: ['order'],
  panel: ['panelType'],
  mediaSingle: ['layout'],
};
const USUAL: Readonly<Record<string, unknown>> = { isNumberColumnEnabled: false, layout: 'default' };

function besideOf(node: AdfNode): Beside {
  const { type, marks = [] } = node;
  const unsaid = Object.entries(attributesOf(node)).filter(
    ([name, value]) =>
      !SAID[type]?.includes(name) &&
      !(type === 'table' && Object.hasOwn(USUAL, name) && USUAL[name] === value),
  );
  const columns = type === 'table' ? columnsOf(node) : [];
  return {
    ...(unsaid.length > 0 ? { attrs: Object.fromEntries(unsaid) } : {}),
    ...(marks.length > 0 ? { marks } : {}),
    ...(columns.some((width) => width !== null) ? { columns } : {}),
  };
}

/** The widths of a table's columns, as its first row has them. */
function columnsOf({ content: [first] = [] }: AdfNode): unknown[] {
  return (first?.content ?? []).map((cell) => attributesOf(cell)['colwidth'] ?? null);
}

function blockOf(node: AdfNode): BlockContent | undefined {
  const { type, content = [] } = node;
  const attrs = attributesOf(node);
  switch (type) {
    case 'paragraph': {
      const children = phrasesOf(content, false);
      return children.length === 0 ? undefined : paragraph(children);
    }
    case 'heading': {
      const depth = ([1, 2, 3, 4, 5, 6] as const).find((level) => level === attrs['level']);
      return depth ? { type: 'heading', depth, children: phrasesOf(content, true) } : html(opaqueBlock(node));
    }
    case 'rule':
      return { type: 'thematicBreak' };
    case 'codeBlock': {
      const language = attrs['language'];
      const value = content.map(({ text = '' }) => text).join('');
      return { type: 'code', lang: typeof language === 'string' && language !== '' ? language : null, value };
    }
    case 'blockquote':
      return { type: 'blockquote', children: blocksOf(content) };
    case 'panel':
      return panelOf(node);
    case 'bulletList':
    case 'orderedList':
      return listOf(node);
    case 'taskList':
      return tasksOf(node) ?? html(opaqueBlock(node));
    case 'table':
      return tableOf(node) ?? html(opaqueBlock(node));
    case 'mediaSingle':
      return imageOf(node) ?? html(opaqueBlock(node));
    default:
      return html(opaqueBlock(node));
  }
}

/** As GitHub writes alerts. */
function panelOf(node: AdfNode): BlockContent {
  const { panelType, ...more } = attributesOf(node);
  const word = Object.entries(ALERTS).find(([, type]) => type === panelType)?.[0];
  if (word === undefined || Object.keys(more).length > 0) return html(opaqueBlock(node));
  return { type: 'blockquote', children: [paragraph([html(`[!${word}]`)]), ...blocksOf(node.content)] };
}

function listOf({ type, content = [], ...node }: AdfNode): BlockContent {
  const order = attributesOf(node)['order'];
  return {
    type: 'list',
    ordered: type === 'orderedList',
    ...(type === 'orderedList' ? { start: typeof order === 'number' ? order : 1 } : {}),
    spread: false,
    children: content.map((item) => itemOf(blocksOf(item.content))),
  };
}

function itemOf(children: BlockContent[], checked?: boolean): ListItem {
  const spread = children.slice(1).some(({ type }) => type !== 'list');
  return { type: 'listItem', spread, children, ...(checked === undefined ? {} : { checked }) };
}

/** A list of tasks below a task stands beside it there, and inside it in Markdown. */
function tasksOf({ content = [] }: AdfNode): BlockContent | undefined {
  const children: ListItem[] = [];
  for (const one of content) {
    if (one.type === 'taskItem') {
      const phrases = phrasesOf(one.content ?? [], false);
      // A box without a word beside it is none in Markdown.
      if (phrases.length === 0) return undefined;
      children.push(itemOf([paragraph(phrases)], attributesOf(one)['state'] === 'DONE'));
    } else {
      const inner = one.type === 'taskList' ? tasksOf(one) : undefined;
      const above = children.at(-1);
      if (!inner || !above) return undefined;
      above.children.push(inner);
    }
  }
  return { type: 'list', ordered: false, spread: false, children };
}

/** Only a table with a head, and with one paragraph in each cell, is one that Markdown has. */
function tableOf(node: AdfNode): BlockContent | undefined {
  const { content: rows = [] } = node;
  const widths = new Set(rows.map(({ content = [] }) => content.length));
  if (rows.length === 0 || widths.size !== 1) return undefined;
  const columns = JSON.stringify(columnsOf(node));
  const children: TableRow[] = [];
  for (const [index, { content: cells = [] }] of rows.entries()) {
    const wanted = index === 0 ? 'tableHeader' : 'tableCell';
    const isPlain = cells.every((cell) => cell.type === wanted && isPlainCell(cell));
    const row = JSON.stringify(cells.map((cell) => attributesOf(cell)['colwidth'] ?? null));
    if (cells.length === 0 || !isPlain || row !== columns) return undefined;
    children.push({
      type: 'tableRow',
      children: cells.map((cell) => ({
        type: 'tableCell',
        children: phrasesOf(cell.content?.[0]?.content ?? [], true),
      })),
    });
  }
  return { type: 'table', children };
}

function isPlainCell(cell: AdfNode): boolean {
  const { colspan = 1, rowspan = 1, colwidth: _, ...more } = attributesOf(cell);
  const { content = [] } = cell;
  const [first] = content;
  return (
    colspan === 1 &&
    rowspan === 1 &&
    Object.keys(more).length === 0 &&
    content.length <= 1 &&
    (first === undefined || (first.type === 'paragraph' && (first.marks ?? []).length === 0))
  );
}

/** A picture from elsewhere; one that Jira keeps has no address. */
function imageOf({ content = [], ...node }: AdfNode): BlockContent | undefined {
  const [media, ...more] = content;
  if (!media || more.length > 0 || (media.marks ?? []).length > 0) return undefined;
  const { type, url, alt, ...others } = attributesOf(media);
  const { layout = 'center', ...around } = attributesOf(node);
  if (type !== 'external' || typeof url !== 'string' || layout !== 'center') return undefined;
  if (Object.keys(others).length + Object.keys(around).length > 0) return undefined;
  return paragraph([{ type: 'image', url, alt: typeof alt === 'string' ? alt : '' }]);
}

/** The outermost first. */
const ORDER = ['link', 'strong', 'em', 'strike', 'underline', 'subsup'];
const rank = ({ type }: AdfMark): number => (ORDER.includes(type) ? ORDER.indexOf(type) : ORDER.length);
const sameMark = (a: AdfMark, b: AdfMark): boolean =>
  a.type === b.type && JSON.stringify(a.attrs ?? {}) === JSON.stringify(b.attrs ?? {});

interface Phrase {
  node: AdfNode;
  /** Those around it that are still to be written. */
  marks: AdfMark[];
}

/** @param inLine whether a line cannot end there, as in a heading. */
export function phrasesOf(content: readonly AdfNode[], inLine: boolean): PhrasingContent[] {
  const phrases = trimmed(joinedTexts(content)).map((node): Phrase => {
    const marks = (node.marks ?? []).filter(({ type }) => type !== 'code');
    return { node, marks: marks.toSorted((a, b) => rank(a) - rank(b)) };
  });
  return grouped(phrases, inLine);
}

/** Without the white space and the line ends around it, which nobody sees, and which Markdown cannot hold. */
function trimmed(content: readonly AdfNode[]): AdfNode[] {
  const left = [...content];
  const trim = (at: 0 | -1, edge: RegExp): void => {
    for (let node = left.at(at); node; node = left.at(at)) {
      const isCode = node.marks?.some(({ type }) => type === 'code') ?? false;
      const isText = node.type === 'text' && !isCode;
      if (!isText && node.type !== 'hardBreak') return;
      const text = isText ? (node.text ?? '').replace(edge, '') : '';
      left.splice(at, 1, ...(text === '' ? [] : [{ ...node, text }]));
      if (text !== '') return;
    }
  };
  trim(0, /^[ \t\r\n]+/);
  trim(-1, /[ \t\r\n]+$/);
  return left;
}

function grouped(phrases: readonly Phrase[], inLine: boolean): PhrasingContent[] {
  const written: PhrasingContent[] = [];
  for (let at = 0; at < phrases.length; ) {
    const first = phrases[at];
    if (!first) break;
    const [mark] = first.marks;
    if (!mark) {
      written.push(...phraseOf(first.node, inLine));
      at += 1;
      continue;
    }
    const run: Phrase[] = [];
    for (; at < phrases.length; at += 1) {
      const phrase = phrases[at];
      if (!phrase?.marks.some((one) => sameMark(one, mark))) break;
      run.push({ node: phrase.node, marks: phrase.marks.filter((one) => !sameMark(one, mark)) });
    }
    written.push(...marked(mark, grouped(run, inLine)));
  }
  return written;
}

function marked(mark: AdfMark, children: PhrasingContent[]): PhrasingContent[] {
  const tag = (name: string): PhrasingContent[] => [html(`<${name}>`), ...children, html(`</${name}>`)];
  const attrs = mark.attrs ?? {};
  const { href } = attrs;
  switch (mark.type) {
    case 'link':
      if (typeof href === 'string' && href !== '' && Object.keys(attrs).length === 1)
        return [{ type: 'link', url: href, children: children.flatMap(withoutLinks) }];
      break;
    case 'strong':
      return [{ type: 'strong', children }];
    case 'em':
      return [{ type: 'emphasis', children }];
    case 'strike':
      return [{ type: 'delete', children }];
    case 'underline':
      return tag('u');
    case 'subsup':
      if (attrs['type'] === 'sub' || attrs['type'] === 'sup') return tag(attrs['type']);
      break;
  }
  return [html(opaqueSpan({ mark })), ...children, html('</span>')];
}

/** A link in a link is none. */
function withoutLinks(node: PhrasingContent): PhrasingContent[] {
  return node.type === 'link' ? node.children : [node];
}

function phraseOf(node: AdfNode, inLine: boolean): PhrasingContent[] {
  const attrs = attributesOf(node);
  const isMarked = (node.marks ?? []).length > 0;
  switch (node.type) {
    case 'text': {
      const value = node.text ?? '';
      if (value === '') return [];
      const isCode = node.marks?.some(({ type }) => type === 'code') ?? false;
      return [{ type: isCode ? 'inlineCode' : 'text', value }];
    }
    case 'hardBreak':
      return inLine ? [html('<br>')] : [{ type: 'break' }];
    case 'mention': {
      const { id, text, accessLevel: _, userType: __, ...more } = attrs;
      if (typeof id !== 'string' || Object.keys(more).length > 0 || isMarked) break;
      const value = typeof text === 'string' && text.trim() !== '' ? text : `@${id}`;
      return [{ type: 'link', url: MENTION + encodeURIComponent(id), children: [{ type: 'text', value }] }];
    }
    case 'inlineCard': {
      const { url } = attrs;
      if (isMarked) break;
      if (typeof url === 'string' && /^https?:\/\/[^\s<>|]+$/.test(url) && Object.keys(attrs).length === 1)
        return [html(`<${url}>`)];
      break;
    }
  }
  return [html(opaqueSpan({ node })), { type: 'text', value: wordOf(node) }, html('</span>')];
}

/** What people see of it. */
function wordOf({ type, attrs = {} }: AdfNode): string {
  const { text, shortName, timestamp, url } = attrs;
  if (type === 'date' && Number.isFinite(Number(timestamp)))
    return new Date(Number(timestamp)).toISOString().slice(0, 10);
  for (const word of [text, shortName, url]) if (typeof word === 'string' && word !== '') return word;
  return type;
}

/** A document's blocks, in Markdown's terms. */
export function rootOf(content: readonly AdfNode[]): { type: 'root'; children: RootContent[] } {
  return { type: 'root', children: blocksOf(content) };
}
