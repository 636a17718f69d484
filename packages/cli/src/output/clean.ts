/**
 * Characters that can move the cursor, colour or hide text, or show it in another order than it is stored in: C0 but
 * new lines and tabs, DEL, C1, the marks and controls of direction, line and paragraph separators, interlinear
 * annotation and tag characters. Joiners stay: emoji and several scripts need them.
 */
const UNSAFE =
  /(?![\n\t])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

const LONE_SURROGATE = /\p{Cs}/gu;

/** Text of several lines that a terminal shows as it is and does nothing else with. */
export function cleanText(text: string): string {
  return text
    .replace(LONE_SURROGATE, '\ufffd')
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(UNSAFE, '')
    .replaceAll('\t', '    ');
}

/** The same on one line. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s*\n\s*/g, ' ');
}

/** JSON with those characters as escapes: the data is the same, and a terminal that shows it is safe. */
export function cleanJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(UNSAFE, (found) => {
    const units = Array.from({ length: found.length }, (_, index) => found.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}
