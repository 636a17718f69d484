import { type AdfDocument, type AdfNode, documentOf } from './adf-node.ts';
import { parseMarkdown, printMarkdown } from './markdown.ts';
import { documentFrom } from './to-adf.ts';
import { rootOf } from './to-mdast.ts';

/** A document as Markdown; what Markdown has no word for stays in it as opaque nodes. */
export function markdownOf(document: AdfNode | null): string {
  return document === null ? '' : printMarkdown(rootOf(document.content ?? []));
}

/**
 * The document that Markdown describes.
 * @param before what it replaces: blocks that read the same are kept as they are, with all that Markdown leaves out.
 */
export function adfFrom(markdown: string, before: AdfNode | null = null): AdfDocument {
  const made = documentFrom(parseMarkdown(markdown), markdown).content;
  const kept = new Map<string, AdfNode[]>();
  for (const block of before?.content ?? []) {
    const text = markdownOf(documentOf([block]));
    if (text !== '') kept.set(text, [...(kept.get(text) ?? []), block]);
  }
  if (kept.size === 0) return documentOf(made);
  return documentOf(made.map((block) => kept.get(markdownOf(documentOf([block])))?.shift() ?? block));
}

const plain = (text: string): string => text.replaceAll('\r\n', '\n').trimEnd();

/**
 * What a host wrote, where the document is still the one that was made of it; else the document itself.
 * @param source as it is kept beside the document.
 */
export function textOf(document: AdfNode | null, source: string | undefined): string {
  const read = markdownOf(document);
  if (source === undefined || source === read) return read;
  return markdownOf(adfFrom(source)) === read ? source : read;
}

/** Whether a text comes back in another spelling, so that it has to be kept beside the document. */
export function isRespelled(text: string, document: AdfNode): boolean {
  return plain(text) !== markdownOf(document);
}
