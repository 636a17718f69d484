import { isJsonValue, type JsonValue } from '@spec-kitty/tracker-core';
import { type AdfDocument, AdfNodeSchema, documentOf } from './adf/adf-node.ts';

/** The canonical custom field that one of Jira's holds. */
export const MISSION_FIELD = 'spec_kitty_mission';

/** A field of several lines holds a document: the payload is its code. */
export function missionDocument(payload: JsonValue): AdfDocument {
  const text = JSON.stringify(payload);
  return documentOf([{ type: 'codeBlock', attrs: { language: 'json' }, content: [{ type: 'text', text }] }]);
}

/** The payload in the field; undefined where there is none, or something that a person wrote. */
export function missionIn(value: unknown): JsonValue | undefined {
  const parsed = AdfNodeSchema.safeParse(value);
  const [block] = parsed.success ? (parsed.data.content ?? []) : [];
  const text = block?.content?.map((node) => node.text ?? '').join('');
  try {
    const payload: unknown = JSON.parse(text ?? '');
    return isJsonValue(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}
