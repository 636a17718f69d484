import { isPlainObject, type JsonObject, JsonObjectSchema } from '../model/json.ts';
import type { MissionUpdate } from './mission.ts';

/** What a comment holds for the next publishing: its key, and the payload where the tracker has no custom fields. */
export interface HiddenPart {
  key: string;
  payload?: JsonObject;
}

const OPEN = '<!-- spec-kitty-mission ';
const CLOSE = ' -->';

/** White space, line ends of every kind and control characters become one space: a value cannot start a line. */
const oneLine = (text = ''): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();

/**
 * The text that people read, then one hidden line. Inside it nothing can end the comment: `<`, `>` and the second
 * of two hyphens stand as JSON escapes.
 */
export function missionComment(update: MissionUpdate, hidden: HiddenPart): string {
  const decisions = (update.decisionReferences ?? []).map(({ decisionId }) => oneLine(decisionId)).join(', ');
  const optional = {
    Summary: oneLine(update.summary),
    Mission: oneLine(update.missionUrl),
    'Decision refs': decisions,
  };
  const lines = [
    `Spec Kitty mission update: ${oneLine(update.missionId)}`,
    `State: ${oneLine(update.missionState)}`,
  ];
  for (const [name, value] of Object.entries(optional)) if (value !== '') lines.push(`${name}: ${value}`);
  const json = JSON.stringify(hidden)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('--', '-\\u002d');
  return `${lines.join('\n')}\n\n${OPEN}${json}${CLOSE}`;
}

/** The hidden part of a comment that {@link missionComment} made. A line can start so only there. */
export function hiddenPart(body: string): HiddenPart | undefined {
  const line = body
    .split(/\r?\n/)
    .findLast((text) => text.startsWith(OPEN) && text.trimEnd().endsWith(CLOSE));
  try {
    const value: unknown = JSON.parse(line?.trimEnd().slice(OPEN.length, -CLOSE.length) ?? '');
    if (!isPlainObject(value) || typeof value['key'] !== 'string') return undefined;
    const payload = JsonObjectSchema.safeParse(value['payload']);
    return payload.success ? { key: value['key'], payload: payload.data } : { key: value['key'] };
  } catch {
    return undefined;
  }
}
