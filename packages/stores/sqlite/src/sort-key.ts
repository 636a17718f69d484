const SURROGATE_OR_ABOVE = /[\ud800-\uffff]/;
const SHIFTED = /[\u{10000}-\u{127ff}]/gu;
const SHIFT = 0x10000 - 0xd800;

/**
 * Text as SQLite shall keep it where its order or its identity matters. SQLite compares UTF-8 bytes, which is the
 * order of code points; the stores' order is that of UTF-16 code units, and UTF-8 cannot hold a lone surrogate at
 * all. So code units from U+D800 on are written as the code points from U+10000 on: one to one, in order.
 */
export function toSortKey(text: string): string {
  if (!SURROGATE_OR_ABOVE.test(text)) return text;
  return text.replace(/[\ud800-\uffff]/g, (unit) => String.fromCodePoint(unit.charCodeAt(0) + SHIFT));
}

/** The inverse of {@link toSortKey}. */
export function fromSortKey(key: string): string {
  if (!SURROGATE_OR_ABOVE.test(key)) return key;
  return key.replace(SHIFTED, (point) => String.fromCharCode((point.codePointAt(0) ?? SHIFT) - SHIFT));
}
