import type { JsonValue } from '@spec-kitty/tracker-core';
import { valueText } from './names.ts';
import { line, look, type Shown, wrapped } from './shown.ts';

/** A whole value under its title. */
export function valueLines(title: string, value: JsonValue, width: number): Shown[] {
  const text = wrapped(valueText(value), Math.min(width, 100) - 4);
  return [line``, look('dim', `  ${title}`), ...text.map((each) => line`    ${each}`)];
}
