import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown, gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';
import { gfm } from 'micromark-extension-gfm';
import type { Nodes, Root } from './mdast.ts';

/** Without those that look for addresses in what was read already: there, one that was escaped is one again. */
const READERS = gfmFromMarkdown().map(({ transforms: _, ...rest }) => rest);

export function parseMarkdown(text: string): Root {
  return fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [READERS] });
}

/** Always in the same spelling. */
export function printMarkdown(node: Nodes): string {
  const text = toMarkdown(node, {
    bullet: '-',
    emphasis: '_',
    fences: true,
    listItemIndent: 'one',
    resourceLink: true,
    rule: '-',
    extensions: [gfmToMarkdown({ tablePipeAlign: false })],
  });
  return text.replace(/\n+$/, '');
}
