import * as z from 'zod';
import { type AdfMark, AdfMarkSchema, type AdfNode, AdfNodeSchema } from './adf-node.ts';

/**
 * What Markdown has no word for stands in it as HTML that shows nothing, or the text that people see: a block as a
 * comment, what is in a line as a `span`. As long as nobody takes it out, it comes back as the node that it was.
 */
const BLOCK = /^<!--adf (\{.*\})-->$/s;
const BESIDE = /^<!--adf-with (\{.*\})-->$/s;
const SPAN = /^<span data-adf='([^']*)'>$/;

/** JSON in which nothing ends a comment, an attribute, a code span or the cell of a table. */
function hidden(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll(/[<>&'`|]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('--', '-\\u002d');
}

function shown<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    // Text that only looks like it.
    return undefined;
  }
}

export const opaqueBlock = (node: AdfNode): string => `<!--adf ${hidden(node)}-->`;
export const opaqueBeside = (beside: Beside): string => `<!--adf-with ${hidden(beside)}-->`;
export const opaqueSpan = (held: { node: AdfNode } | { mark: AdfMark }): string =>
  `<span data-adf='${hidden(held)}'>`;

export function blockIn(html: string): AdfNode | undefined {
  return shown(AdfNodeSchema, BLOCK.exec(html.trim())?.[1]);
}

/** What the block has that comes next, and that Markdown has no word for. */
export interface Beside {
  attrs?: Record<string, unknown> | undefined;
  marks?: AdfMark[] | undefined;
  /** The widths of a table's columns. */
  columns?: unknown[] | undefined;
}
const BesideSchema: z.ZodType<Beside> = z.strictObject({
  attrs: z.optional(z.record(z.string(), z.unknown())),
  marks: z.optional(z.array(AdfMarkSchema)),
  columns: z.optional(z.array(z.unknown())),
});

export function besideIn(html: string): Beside | undefined {
  return shown(BesideSchema, BESIDE.exec(html.trim())?.[1]);
}

const SpanSchema: z.ZodType<{ node?: AdfNode | undefined; mark?: AdfMark | undefined }> = z.object({
  node: z.optional(AdfNodeSchema),
  mark: z.optional(AdfMarkSchema),
});

export function spanIn(html: string): { node?: AdfNode | undefined; mark?: AdfMark | undefined } | undefined {
  return shown(SpanSchema, SPAN.exec(html)?.[1]);
}
