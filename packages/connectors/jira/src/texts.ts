import { CapabilityNotSupportedError, TrackerContractError } from '@spec-kitty/tracker-core';
import { readAnswer } from '@spec-kitty/tracker-http';
import * as z from 'zod';
import type { AdfDocument, AdfNode } from './adf/adf-node.ts';
import { adfFrom, isRespelled, textOf } from './adf/rich-text.ts';
import { SYSTEM } from './system.ts';

/** The entity property beside a rich text: Markdown whose spelling a document does not hold. */
export const TEXT_PROPERTY = 'spec-kitty-markdown';

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/ */
const MAX_PROPERTY = 32_768;

const TextSchema = z.object({ markdown: z.nullable(z.string()) });

/** A rich text as Markdown. @param property what stands beside it. */
export function readText(document: AdfNode | null | undefined, property: unknown): string {
  const markdown = readAnswer(TextSchema, property)?.markdown ?? undefined;
  return (
    shallow(() => textOf(document ?? null, markdown)) ??
    failed('a text is nested so deeply that it cannot be read')
  );
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
  const document = shallow(() => adfFrom(text, before.document));
  if (!document)
    throw new CapabilityNotSupportedError(`the ${capability} is nested too deeply`, {
      capability,
      fieldPath: capability,
    });
  const markdown = shallow(() => isRespelled(text, document)) === false ? null : text;
  if (markdown === null && before.property === undefined) return { document };
  const value = { markdown };
  if (JSON.stringify(value).length > MAX_PROPERTY)
    throw new CapabilityNotSupportedError(
      `the ${capability} is too long to be kept beside what Jira makes of it, which would change how it is written`,
      { capability, fieldPath: capability },
    );
  return { document, property: { key: TEXT_PROPERTY, value } };
}

/** Texts and documents may be nested so deeply that looking at them ends the stack: then, nothing. */
function shallow<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function failed(message: string): never {
  throw new TrackerContractError(`jira: ${message}`, {
    provider: SYSTEM,
    kind: 'answer',
    fieldPath: 'description',
  });
}

/** Characters that no text of Jira's can hold. */
export function hasControls(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || /\p{Cs}/u.test(text);
}
