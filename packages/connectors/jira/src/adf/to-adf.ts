import { type AdfDocument, type AdfNode, documentOf, takes, takesOpaque } from './adf-node.ts';
import type { Definition, List, ListItem, Nodes, Paragraph, Root, RootContent, Table } from './mdast.ts';
import { type Beside, besideIn, blockIn } from './opaque.ts';
import { type PhrasingContext, phrases } from './to-adf-phrases.ts';
import { ALERTS } from './words.ts';

interface Context extends PhrasingContext {
  nextId(): string;
}

/** The document that Markdown describes. @param source what `root` was parsed from. */
export function documentFrom(root: Root, source: string): AdfDocument {
  const definitions = new Map<string, Definition>();
  for (const node of root.children)
    if (node.type === 'definition' && !definitions.has(node.identifier))
      definitions.set(node.identifier, node);
  let ids = 0;
  const context: Context = {
    source,
    definitions,
    nextId() {
      ids += 1;
      return `task-${ids}`;
    },
  };
  return documentOf(blocks(root.children, 'doc', context));
}

/** The text that a node was written as. */
function sourceOf({ position }: Nodes, { source }: Context): string {
  return source.slice(position?.start.offset, position?.end.offset);
}

function textParagraph(text: string): AdfNode[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const content = lines.flatMap((line, index): AdfNode[] => [
    ...(index > 0 ? [{ type: 'hardBreak' }] : []),
    { type: 'text', text: line },
  ]);
  return content.length === 0 ? [] : [{ type: 'paragraph', content }];
}

function blocks(nodes: readonly RootContent[], parent: string, context: Context): AdfNode[] {
  const made: AdfNode[] = [];
  let beside: Beside | undefined;
  for (const node of nodes) {
    const given = node.type === 'html' ? besideIn(node.value) : undefined;
    if (given) {
      beside = given;
      continue;
    }
    const [first, ...more] = blockFrom(node, parent, context);
    if (first) made.push(beside ? withBeside(first, beside) : first, ...more);
    beside = undefined;
  }
  return made;
}

function withBeside(node: AdfNode, { attrs, marks, columns = [] }: Beside): AdfNode {
  const content = node.content?.map((row) => ({
    ...row,
    content: (row.content ?? []).map((cell, index): AdfNode => {
      const colwidth = columns[index] ?? null;
      return colwidth === null ? cell : { ...cell, attrs: { ...cell.attrs, colwidth } };
    }),
  }));
  return {
    ...node,
    ...(attrs ? { attrs: { ...node.attrs, ...attrs } } : {}),
    ...(marks ? { marks } : {}),
    ...(node.type === 'table' && columns.length > 0 && content ? { content } : {}),
  };
}

/** What may not stand there is written in the words that may. */
function blockFrom(node: RootContent, parent: string, context: Context): AdfNode[] {
  const allowed = (type: string, make: () => AdfNode[], otherwise?: () => AdfNode[]): AdfNode[] =>
    takes(parent, type) ? make() : (otherwise?.() ?? textParagraph(sourceOf(node, context)));
  switch (node.type) {
    case 'paragraph':
      return paragraph(node, parent, context);
    case 'heading': {
      const content = phrases(node.children, context);
      return allowed(
        'heading',
        () => [{ type: 'heading', attrs: { level: node.depth }, content }],
        () => [
          { type: 'paragraph', content: phrases([{ type: 'strong', children: node.children }], context) },
        ],
      );
    }
    case 'thematicBreak':
      return allowed('rule', () => [{ type: 'rule' }]);
    case 'code':
      return [
        {
          type: 'codeBlock',
          ...(node.lang ? { attrs: { language: node.lang } } : {}),
          content: node.value === '' ? [] : [{ type: 'text', text: node.value }],
        },
      ];
    case 'blockquote': {
      const alert = alertIn(node.children, context);
      if (alert && takes(parent, 'panel')) {
        const content = filled(blocks(alert.rest, 'panel', context));
        return [{ type: 'panel', attrs: { panelType: alert.panelType }, content }];
      }
      return allowed(
        'blockquote',
        () => [{ type: 'blockquote', content: filled(blocks(node.children, 'blockquote', context)) }],
        () => blocks(node.children, parent, context),
      );
    }
    case 'list':
      return list(node, parent, context);
    case 'table':
      return allowed('table', () => [table(node, context)]);
    case 'html': {
      const opaque = blockIn(node.value);
      if (opaque && takesOpaque(parent, opaque.type)) return [opaque];
      // A comment shows nothing, here or there.
      return textParagraph(node.value.replaceAll(/<!--[\s\S]*?(?:-->|$)/g, ''));
    }
    case 'definition':
      return [];
    default:
      return textParagraph(sourceOf(node, context));
  }
}

const filled = (content: AdfNode[]): AdfNode[] =>
  content.length === 0 ? [{ type: 'paragraph', content: [] }] : content;

function paragraph(node: Paragraph, parent: string, context: Context): AdfNode[] {
  const [only, ...more] = node.children;
  if (only?.type === 'image' && more.length === 0 && only.url !== '' && takes(parent, 'mediaSingle')) {
    const attrs = { type: 'external', url: only.url, ...(only.alt ? { alt: only.alt } : {}) };
    return [{ type: 'mediaSingle', attrs: { layout: 'center' }, content: [{ type: 'media', attrs }] }];
  }
  const content = phrases(node.children, context);
  return content.length === 0 ? [] : [{ type: 'paragraph', content }];
}

/** Of a quote that begins with `[!NOTE]` on a line of its own, what follows. */
function alertIn(
  children: readonly RootContent[],
  { source }: Context,
): { panelType: string; rest: RootContent[] } | undefined {
  const [first, ...others] = children;
  const text = first?.type === 'paragraph' ? first.children[0] : undefined;
  if (first?.type !== 'paragraph' || text?.type !== 'text') return undefined;
  // Written with a backslash it is text.
  const written = source.startsWith('[!', text.position?.start.offset ?? 0);
  const [all = '', word = ''] = /^\[!([A-Z]+)\][ \t]*(?:\n|$)/.exec(text.value) ?? [];
  const panelType = ALERTS[word];
  if (!written || panelType === undefined) return undefined;
  const left = text.value.slice(all.length);
  const [, ...after] = first.children;
  if (left === '' && after.length === 0) return { panelType, rest: others };
  // Something on the same line: not an alert.
  if (left === '' && !all.endsWith('\n')) return undefined;
  const rest = left === '' ? after : [{ ...text, value: left }, ...after];
  return { panelType, rest: [{ ...first, children: rest }, ...others] };
}

function list(node: List, parent: string, context: Context): AdfNode[] {
  if (takes(parent, 'taskList') && node.children.every(isTask)) return [tasks(node, context)];
  const { start } = node;
  const ordered = node.ordered ? { attrs: { order: start ?? 1 } } : {};
  const content = node.children.map((item) => listItem(item, context));
  return [{ type: node.ordered ? 'orderedList' : 'bulletList', ...ordered, content }];
}

function listItem(item: ListItem, context: Context): AdfNode {
  const content = blocks(item.children, 'listItem', context);
  const box: AdfNode[] = item.checked == null ? [] : [{ type: 'text', text: item.checked ? '[x] ' : '[ ] ' }];
  const [first, ...rest] = content;
  if (first?.type === 'paragraph')
    return {
      type: 'listItem',
      content: [{ ...first, content: [...box, ...(first.content ?? [])] }, ...rest],
    };
  // An item begins with a text, if an empty one.
  const isFirst = box.length === 0 && (first?.type === 'codeBlock' || first?.type === 'mediaSingle');
  return { type: 'listItem', content: isFirst ? content : [{ type: 'paragraph', content: box }, ...content] };
}

/** A box, one paragraph beside it, and below it nothing but boxes. */
function isTask({ checked, children }: ListItem): boolean {
  const [first, second, ...more] = children;
  if (checked == null || first?.type !== 'paragraph' || more.length > 0) return false;
  return second === undefined || (second.type === 'list' && !second.ordered && second.children.every(isTask));
}

function tasks({ children }: List, context: Context): AdfNode {
  const content = children.flatMap(({ checked, children: [first, second] }): AdfNode[] => [
    {
      type: 'taskItem',
      attrs: { localId: context.nextId(), state: checked ? 'DONE' : 'TODO' },
      content: first?.type === 'paragraph' ? phrases(first.children, context) : [],
    },
    ...(second?.type === 'list' ? [tasks(second, context)] : []),
  ]);
  return { type: 'taskList', attrs: { localId: context.nextId() }, content };
}

function table({ children: rows }: Table, context: Context): AdfNode {
  const width = rows[0]?.children.length ?? 0;
  const content = rows.map(
    ({ children: cells }, row): AdfNode => ({
      type: 'tableRow',
      content: Array.from(
        { length: width },
        (_, index): AdfNode => ({
          type: row === 0 ? 'tableHeader' : 'tableCell',
          content: [{ type: 'paragraph', content: phrases(cells[index]?.children ?? [], context) }],
        }),
      ),
    }),
  );
  return { type: 'table', content };
}
