import { CapabilityNotSupportedError } from '@spec-kitty/tracker-core';
import { readAnswer } from '@spec-kitty/tracker-http';
import { z } from 'zod';
import type { AdfDocument, AdfNode } from './adf/adf-node.ts';
import { adfFrom, isRespelled, textOf } from './adf/rich-text.ts';

/** The entity property beside a rich text: Markdown whose spelling a document does not hold. */
export const TEXT_PROPERTY = 'spec-kitty-markdown';

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/ */
const MAX_PROPERTY = 32_768;

const TextSchema = z.object({ markdown: z.nullable(z.string()) });

/** A rich text as Markdown. @param property what stands beside it. */
export function readText(document: AdfNode | null | undefined, property: unknown): string {
  return textOf(document ?? null, readAnswer(TextSchema, property)?.markdown ?? undefined);
}

export interface WrittenText {
  document: AdfDocument;
  /** What has to stand beside it; undefined where nothing has to, and nothing does. */
  property?: { key: string; value: { markdown: string | null } };
}

/**
 * A rich text as Jira takes it.
 * @param before what it replaces, and what stands beside that.
 * @throws CapabilityNotSupportedError naming what the text is of.
 */
export function writeText(
  text: string,
  capability: string,
  before: { document?: AdfNode | null | undefined; property?: unknown } = {},
): WrittenText {
  const document = adfFrom(text, before.document);
  const markdown = isRespelled(text, document) ? text : null;
  if (markdown === null && before.property === undefined) return { document };
  const value = { markdown };
  if (JSON.stringify(value).length > MAX_PROPERTY)
    throw new CapabilityNotSupportedError(
      `the ${capability} is too long to be kept beside what Jira makes of it, which would change how it is written`,
      { capability, fieldPath: capability },
    );
  return { document, property: { key: TEXT_PROPERTY, value } };
}

/** Characters that no text of Jira's can hold. */
export function hasControls(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || /\p{Cs}/u.test(text);
}
