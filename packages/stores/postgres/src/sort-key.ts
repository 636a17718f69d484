import { hash } from 'node:crypto';

const TO_BE_WRITTEN_OTHERWISE = /[\ud800-\uffff]/;
const SHIFTED = /[\u{10000}-\u{127ff}]/gu;
const FIRST = '\0';
const SECOND = '\u0001';
const SHIFT = 0x10000 - 0xd800;
/** Code points that no shifted code unit is written as. */
const NUL_IN_SEARCH = '\u{12800}';
/** Stands between texts that are searched; no text holds it. */
export const SEPARATOR = '\u{12801}';

function shifted(unit: string): string {
  return String.fromCodePoint(unit.charCodeAt(0) + SHIFT);
}

/**
 * Text as PostgreSQL shall keep it where its order or its identity matters. It compares UTF-8 bytes (`COLLATE "C"`),
 * which is the order of code points; the stores' order is that of UTF-16 code units. It holds neither U+0000 nor a
 * lone surrogate. So code units from U+D800 on are written as the code points from U+10000 on, and the first two as
 * U+0001 and one more: one to one, in order.
 */
export function toSortKey(text: string): string {
  const key = text.replaceAll(SECOND, `${SECOND}\u0002`).replaceAll(FIRST, SECOND + SECOND);
  return TO_BE_WRITTEN_OTHERWISE.test(key) ? key.replace(/[\ud800-\uffff]/g, shifted) : key;
}

/** The inverse of {@link toSortKey}. */
export function fromSortKey(key: string): string {
  const text = key.replaceAll(SECOND + SECOND, FIRST).replaceAll(`${SECOND}\u0002`, SECOND);
  if (!TO_BE_WRITTEN_OTHERWISE.test(text)) return text;
  return text.replace(SHIFTED, (point) => String.fromCharCode((point.codePointAt(0) ?? SHIFT) - SHIFT));
}

/** In bytes. PostgreSQL's indexes take 2,704 for all columns of a key together. */
const LONGEST_KEY = 600;
const KEPT_OF_LONGER = 500;

/**
 * A sort key that an index takes, however long the text. Of a long one it has the beginning and a hash of the whole,
 * so that only texts which agree in hundreds of characters are in another order than their own.
 */
export function toKey(text: string): string {
  const key = toSortKey(text);
  if (key.length * 3 <= LONGEST_KEY || Buffer.byteLength(key) <= LONGEST_KEY) return key;
  // A character that is cut in two is decoded as U+FFFD, which no key holds.
  const beginning = Buffer.from(key)
    .subarray(0, KEPT_OF_LONGER)
    .toString()
    .replace(/\ufffd+$/, '');
  return beginning + SEPARATOR + hash('sha256', key);
}

/** Text as it is searched in: a code unit is one code point, so that a part of the text is a part of the key. */
export function toSearchKey(text: string): string {
  const shiftedText = TO_BE_WRITTEN_OTHERWISE.test(text) ? text.replace(/[\ud800-\uffff]/g, shifted) : text;
  return shiftedText.replaceAll(FIRST, NUL_IN_SEARCH);
}

/** The same, whatever the case of ASCII letters. */
export function toFoldedSearchKey(text: string): string {
  return toSearchKey(text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
}
