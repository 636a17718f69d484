import type { fromMarkdown } from 'mdast-util-from-markdown';
import type { toMarkdown } from 'mdast-util-to-markdown';

/** The tree of a Markdown text, https://github.com/syntax-tree/mdast, as the parser types it. */
export type Root = ReturnType<typeof fromMarkdown>;
export type Nodes = Parameters<typeof toMarkdown>[0];
export type RootContent = Root['children'][number];

type Of<T extends RootContent['type']> = Extract<RootContent, { type: T }>;

export type Definition = Of<'definition'>;
export type List = Of<'list'>;
export type ListItem = List['children'][number];
export type Paragraph = Of<'paragraph'>;
export type PhrasingContent = Paragraph['children'][number];
export type Table = Of<'table'>;
export type TableRow = Table['children'][number];
export type BlockContent = Of<
  'blockquote' | 'code' | 'heading' | 'html' | 'list' | 'paragraph' | 'table' | 'thematicBreak'
>;
