import * as z from 'zod';

export interface AdfMark {
  type: string;
  attrs?: Record<string, unknown> | undefined;
}

/** A node of the Atlassian Document Format: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ */
export interface AdfNode {
  type: string;
  text?: string | undefined;
  attrs?: Record<string, unknown> | undefined;
  marks?: AdfMark[] | undefined;
  content?: AdfNode[] | undefined;
}

export interface AdfDocument extends AdfNode {
  type: 'doc';
  version: 1;
  content: AdfNode[];
}

const attrs = z.optional(z.record(z.string(), z.unknown()));

export const AdfMarkSchema: z.ZodType<AdfMark> = z.looseObject({ type: z.string(), attrs });

/** Open-ended: what is not known is kept as it is. */
export const AdfNodeSchema: z.ZodType<AdfNode> = z.lazy(() =>
  z.looseObject({
    type: z.string(),
    text: z.optional(z.string()),
    attrs,
    marks: z.optional(z.array(AdfMarkSchema)),
    content: z.optional(z.array(AdfNodeSchema)),
  }),
);

export function documentOf(content: AdfNode[]): AdfDocument {
  return { type: 'doc', version: 1, content };
}

/** A node's attributes without those that name a place in one document alone. */
export function attributesOf({ attrs: given = {} }: { attrs?: AdfNode['attrs'] }): Record<string, unknown> {
  const { localId: _, ...rest } = given;
  return rest;
}

const LISTS = ['bulletList', 'orderedList'];
const MEDIA = ['mediaSingle', 'mediaGroup'];

/** The blocks that a node takes, of those that Markdown has; what is not named takes all of them. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  listItem: ['paragraph', 'codeBlock', 'mediaSingle', ...LISTS],
  blockquote: ['paragraph', 'codeBlock', 'bulletList', 'orderedList', ...MEDIA],
  panel: [
    'paragraph',
    'heading',
    'codeBlock',
    'rule',
    'taskList',
    'decisionList',
    'blockCard',
    ...LISTS,
    ...MEDIA,
  ],
};

/** Whether a block may stand there. */
export function takes(parent: string, type: string): boolean {
  return TAKES[parent]?.includes(type) ?? true;
}

const IN_MARKDOWN = new Set([
  'paragraph',
  'heading',
  'rule',
  'table',
  'blockquote',
  'panel',
  'codeBlock',
  'bulletList',
  'orderedList',
]);

/** Whether an opaque block may come back there: of what Markdown has no word for, Jira knows best where it stands. */
export function takesOpaque(parent: string, type: string): boolean {
  return takes(parent, type) || !IN_MARKDOWN.has(type);
}

/** Neighbours with the same marks as one text. */
export function joinedTexts(nodes: readonly AdfNode[]): AdfNode[] {
  const made: AdfNode[] = [];
  for (const node of nodes) {
    const last = made.at(-1);
    const same = JSON.stringify(last?.marks ?? []) === JSON.stringify(node.marks ?? []);
    if (last?.type === 'text' && node.type === 'text' && same)
      made[made.length - 1] = { ...last, text: `${last.text ?? ''}${node.text ?? ''}` };
    else made.push(node);
  }
  return made;
}
