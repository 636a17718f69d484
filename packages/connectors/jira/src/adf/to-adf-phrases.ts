import { type AdfMark, type AdfNode, joinedTexts } from './adf-node.ts';
import type { Definition, PhrasingContent } from './mdast.ts';
import { spanIn } from './opaque.ts';
import { MENTION } from './words.ts';

export interface PhrasingContext {
  source: string;
  definitions: ReadonlyMap<string, Definition>;
}

/** The tags that are marks. */
const TAGS: Readonly<Record<string, AdfMark>> = {
  u: { type: 'underline' },
  sub: { type: 'subsup', attrs: { type: 'sub' } },
  sup: { type: 'subsup', attrs: { type: 'sup' } },
};

/** What stands in a line, flat, each with its marks. */
export function phrases(nodes: readonly PhrasingContent[], context: PhrasingContext): AdfNode[] {
  return joinedTexts(walk(nodes, [], context));
}

interface Open {
  tag: string;
  mark?: AdfMark | undefined;
  /** Whether what is inside is only there for people to see. */
  skips: boolean;
}

function walk(
  nodes: readonly PhrasingContent[],
  around: readonly AdfMark[],
  context: PhrasingContext,
): AdfNode[] {
  const made: AdfNode[] = [];
  const open: Open[] = [];
  for (const [index, node] of nodes.entries()) {
    const marks = together(
      around,
      open.flatMap(({ mark }) => mark ?? []),
    );
    const skips = open.some((one) => one.skips);
    if (node.type === 'html') {
      const tag = /^<\/([a-z]+)>$/.exec(node.value)?.[1];
      if (tag !== undefined && open.at(-1)?.tag === tag) {
        open.pop();
        continue;
      }
      const opened = opening(node.value, nodes.slice(index + 1));
      if (opened) {
        open.push(opened.open);
        // It has its own marks in it, if any: what is no text takes none.
        if (opened.node && !skips) made.push(opened.node);
        continue;
      }
    }
    if (!skips) made.push(...phrase(node, marks, context));
  }
  return made;
}

/** A node has one mark of each type. */
function together(around: readonly AdfMark[], more: readonly AdfMark[]): AdfMark[] {
  const marks = [...around];
  for (const mark of more) if (!marks.some(({ type }) => type === mark.type)) marks.push(mark);
  return marks;
}

/** A tag of ours that is closed again. */
function opening(
  value: string,
  after: readonly PhrasingContent[],
): { open: Open; node?: AdfNode | undefined } | undefined {
  const tag = /^<([a-z]+)[ >]/.exec(value)?.[1] ?? '';
  if (!after.some((one) => one.type === 'html' && one.value === `</${tag}>`)) return undefined;
  const mark = value === `<${tag}>` ? TAGS[tag] : undefined;
  if (mark) return { open: { tag, mark, skips: false } };
  const held = tag === 'span' ? spanIn(value) : undefined;
  if (held?.node) return { open: { tag, skips: true }, node: held.node };
  return held?.mark && { open: { tag, mark: held.mark, skips: false } };
}

function text(value: string, marks: readonly AdfMark[]): AdfNode[] {
  const lines = value.split(/\r?\n/);
  return lines.flatMap((line, index): AdfNode[] => [
    ...(index > 0 ? [{ type: 'hardBreak' }] : []),
    ...(line === ''
      ? []
      : [{ type: 'text', text: line, ...(marks.length > 0 ? { marks: [...marks] } : {}) }]),
  ]);
}

function phrase(node: PhrasingContent, marks: readonly AdfMark[], context: PhrasingContext): AdfNode[] {
  const inside = (children: readonly PhrasingContent[], mark: AdfMark): AdfNode[] =>
    walk(children, together(marks, [mark]), context);
  switch (node.type) {
    case 'text':
      return text(node.value, marks);
    case 'break':
      return [{ type: 'hardBreak' }];
    case 'strong':
      return inside(node.children, { type: 'strong' });
    case 'emphasis':
      return inside(node.children, { type: 'em' });
    case 'delete':
      return inside(node.children, { type: 'strike' });
    case 'inlineCode': {
      // Code is code, whatever else: https://developer.atlassian.com/cloud/jira/platform/apis/document/marks/code/
      const links = marks.filter(({ type }) => type === 'link' || type === 'annotation');
      return text(node.value.replaceAll('\n', ' '), [...links, { type: 'code' }]);
    }
    case 'link':
      return link(node, marks, context);
    case 'linkReference': {
      const url = context.definitions.get(node.identifier)?.url;
      return url ? inside(node.children, linkTo(url)) : walk(node.children, marks, context);
    }
    case 'image':
    case 'imageReference': {
      const url = node.type === 'image' ? node.url : context.definitions.get(node.identifier)?.url;
      const shown = node.alt || url || '';
      return text(shown, url ? [...marks.filter(({ type }) => type !== 'link'), linkTo(url)] : marks);
    }
    case 'html':
      if (/^<br ?\/?>$/i.test(node.value)) return [{ type: 'hardBreak' }];
      return node.value.startsWith('<!--') ? [] : text(node.value, marks);
    default:
      return text(context.source.slice(node.position?.start.offset, node.position?.end.offset), marks);
  }
}

const linkTo = (href: string): AdfMark => ({ type: 'link', attrs: { href } });

function link(
  node: Extract<PhrasingContent, { type: 'link' }>,
  marks: readonly AdfMark[],
  context: PhrasingContext,
): AdfNode[] {
  const { url, children, position } = node;
  const [only] = children;
  const shown = children.length === 1 && only?.type === 'text' ? only.value : undefined;
  if (url.startsWith(MENTION) && shown !== undefined) {
    const id = decoded(url.slice(MENTION.length));
    return [{ type: 'mention', attrs: { id, text: shown, accessLevel: '' } }];
  }
  // An address on its own is a card, as Jira makes of one that is pasted.
  const isBare = !context.source.startsWith('[', position?.start.offset ?? 0);
  if (isBare && shown === url && /^https?:\/\//.test(url) && marks.length === 0)
    return [{ type: 'inlineCard', attrs: { url } }];
  if (url === '' || marks.some(({ type }) => type === 'link')) return walk(children, marks, context);
  return walk(children, [linkTo(url), ...marks], context);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
