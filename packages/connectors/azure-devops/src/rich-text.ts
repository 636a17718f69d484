import { TrackerContractError } from '@spec-kitty/tracker-core';
import { fromHtml } from 'hast-util-from-html';
import { toHtml } from 'hast-util-to-html';
import { defaultHandlers, type Handle, toMdast } from 'hast-util-to-mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown, gfmToMarkdown } from 'mdast-util-gfm';
import { toHast } from 'mdast-util-to-hast';
import { defaultHandlers as markdownHandlers, type Options, toMarkdown } from 'mdast-util-to-markdown';
import { gfm } from 'micromark-extension-gfm';
import { SYSTEM } from './system.ts';

type Block = ReturnType<typeof fromMarkdown>['children'][number];
type HtmlElement = Parameters<Handle>[1];
type HtmlNode = ReturnType<typeof fromHtml>['children'][number];

/** Elements that Markdown has no word for, and takes as they are. */
const KEPT_INLINE = ['u', 'ins', 'sub', 'sup', 'mark', 'kbd'] as const;
const KEPT =
  /^<\/?(?:u|ins|sub|sup|mark|kbd|br|a|img|table|caption|colgroup|col|thead|tbody|tfoot|tr|th|td)(?:\s[^<>]*)?\/?>$/i;
const TAG = /<[^<>]*>/g;
const RUNS = /\son[a-z]+\s*=|javascript:|vbscript:|data:text/i;
/** Elements that are a block of a text by themselves. */
const BLOCKS = new Set(
  'blockquote dl figure h1 h2 h3 h4 h5 h6 hr ol p pre table ul'
    .split(' ')
    .concat('div', 'section', 'article'),
);
const WRAPPERS = new Set(['div', 'section', 'article']);

/** A block of an HTML text. */
interface Part {
  blocks: Block[];
  /** As it stands in the text, in an element of its own. */
  html: string;
}

/** Markdown with HTML inside of it where Markdown has no word: those nodes are in `kept`. */
class Converter {
  readonly #kept = new WeakSet<object>();
  readonly #handlers: Record<string, Handle>;
  readonly #style: Options;

  constructor() {
    const asItIs: Handle = (state, node) => {
      // As a code that is written without its marks: an HTML node would end the paragraph.
      const inline = { type: 'inlineCode' as const, value: toHtml(node) };
      state.patch(node, inline);
      this.#kept.add(inline);
      return inline;
    };
    const block: Handle = (state, node) => {
      const html = { type: 'html' as const, value: toHtml(node) };
      state.patch(node, html);
      return html;
    };
    const where =
      (keeps: (node: HtmlElement) => boolean, kept: Handle, otherwise: Handle | undefined): Handle =>
      (state, node, parent) =>
        keeps(node) || !otherwise ? kept(state, node, parent) : otherwise(state, node, parent);
    this.#handlers = {
      ...Object.fromEntries(KEPT_INLINE.map((name) => [name, asItIs])),
      // A mention is a link that tells somebody.
      a: where((node) => has(node, 'dataVssMention'), asItIs, defaultHandlers['a']),
      img: where((node) => has(node, 'width', 'height', 'style'), asItIs, defaultHandlers['img']),
      table: where(spans, block, defaultHandlers['table']),
    };
    this.#style = {
      bullet: '-',
      rule: '-',
      extensions: [gfmToMarkdown()],
      handlers: {
        inlineCode: (node, parent, state) =>
          this.#kept.has(node) ? node.value : markdownHandlers.inlineCode(node, parent, state),
      },
    };
  }

  written(children: Block[]): string {
    return toMarkdown({ type: 'root', children }, this.#style).replace(/\n+$/, '');
  }

  /** The blocks of an HTML text, those that are inside of others' wrappers, too. */
  parts(html: string): Part[] {
    const parts: Part[] = [];
    const walk = (nodes: readonly HtmlNode[]): void => {
      let run: HtmlNode[] = [];
      const end = (): void => {
        const source = sourceOf(run, html);
        if (run.length > 0 && source.trim() !== '')
          parts.push({ blocks: this.#blocks(run), html: `<div>${source}</div>` });
        run = [];
      };
      for (const node of nodes) {
        if (node.type !== 'element' || !BLOCKS.has(node.tagName)) {
          run.push(node);
          continue;
        }
        end();
        if (WRAPPERS.has(node.tagName) && node.children.some(isBlock)) walk(node.children);
        else parts.push({ blocks: this.#blocks([node]), html: sourceOf([node], html) });
      }
      end();
    };
    walk(fromHtml(html, { fragment: true }).children);
    return parts;
  }

  #blocks(children: HtmlNode[]): Block[] {
    const tree = toMdast(
      { type: 'root', children },
      { handlers: this.#handlers, newlines: true, document: true },
    );
    if (tree.type !== 'root') return [];
    // An empty line is a paragraph of nothing.
    return tree.children.filter((one) => this.written([one]).trim() !== '');
  }
}

const isBlock = (node: HtmlNode | HtmlElement['children'][number]): boolean =>
  node.type === 'element' && BLOCKS.has(node.tagName);
const has = ({ properties }: HtmlElement, ...names: string[]): boolean =>
  names.some((name) => properties[name] !== undefined && properties[name] !== null);
const spans = (node: HtmlElement): boolean =>
  has(node, 'colSpan', 'rowSpan') || node.children.some((one) => one.type === 'element' && spans(one));

function sourceOf(nodes: readonly HtmlNode[], html: string): string {
  const [start, end] = [nodes[0]?.position?.start.offset, nodes.at(-1)?.position?.end.offset];
  return start === undefined || end === undefined ? '' : html.slice(start, end);
}

/** The Markdown of an HTML field of Azure DevOps. @throws TrackerContractError where nobody can read it. */
export function markdownOf(html: string): string {
  try {
    const converter = new Converter();
    return converter.written(converter.parts(html).flatMap(({ blocks }) => blocks));
  } catch (cause) {
    // Elements may be nested so deeply that looking at them ends the stack.
    throw new TrackerContractError('azure-devops: a text that cannot be read as HTML', {
      provider: SYSTEM,
      kind: 'answer',
      fieldPath: 'body',
      cause,
    });
  }
}

/**
 * The HTML of a Markdown text. A block that is the same as one of the text before keeps its HTML, with the colours and
 * sizes that Markdown does not hold.
 * @param before the HTML that the text takes the place of.
 */
export function htmlOf(markdown: string, before = ''): string {
  const converter = new Converter();
  const kept = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const { blocks, html } of before === '' ? [] : converter.parts(before)) {
    // An empty line stays behind the block that it follows.
    if (blocks.length === 0 && last) last[last.length - 1] += html;
    if (blocks.length === 0) continue;
    const name = converter.written(blocks);
    last = kept.get(name) ?? [];
    kept.set(name, last);
    last.push(html);
  }
  const { children } = fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const isDefinition = ({ type }: Block): boolean => type === 'definition' || type === 'footnoteDefinition';
  const definitions = children.filter(isDefinition);
  return children
    .filter((child) => !isDefinition(child))
    .map((child) => kept.get(converter.written([child]))?.shift() ?? rendered([child, ...definitions]))
    .join('');
}

function rendered(children: Block[]): string {
  const tree = toHast(
    { type: 'root', children },
    {
      allowDangerousHtml: true,
      handlers: {
        // Markdown may hold HTML of any kind: what we know passes, the rest is shown as the text that it is.
        html: (_state, node: { value: string }) => ({
          type: isHarmless(node.value) ? 'raw' : 'text',
          value: node.value,
        }),
      },
    },
  );
  return toHtml(tree, { allowDangerousHtml: true });
}

function isHarmless(html: string): boolean {
  const tags = html.match(TAG) ?? [];
  return tags.length > 0 && tags.every((tag) => KEPT.test(tag)) && !RUNS.test(html);
}
