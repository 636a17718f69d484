import { stripVTControlCharacters } from 'node:util';

/** In characters. */
const MAX_TEXT = 600;
/** Control characters but tab and line feed, and what turns the direction of text. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;
const SECRET_SHAPES: readonly [RegExp, string][] = [
  [/(\w:\/\/)[^\s/@]+@/g, '$1[redacted]@'],
  [
    /\b(bearer|token|password|passwd|secret|api[-_]?key)(["']?\s*[:= ]\s*["']?)[^\s"',;]{6,}/gi,
    '$1$2[redacted]',
  ],
];

/**
 * What a command wrote, fit for a message: one line, no escape sequences, no control or direction characters, no
 * secrets, at most 600 characters.
 * @param secrets values that are taken out wherever they stand.
 */
export function cleanedText(text: string, secrets: readonly string[] = []): string {
  let cleaned = text;
  // The longest first: one may hold another.
  const known = secrets.filter((secret) => secret.length >= 4).sort((a, b) => b.length - a.length);
  for (const secret of known) cleaned = cleaned.replaceAll(secret, '[redacted]');
  // What is cut off below cannot be told from a secret, so the shapes are looked for in more than is shown.
  cleaned = stripVTControlCharacters(cleaned.slice(0, MAX_TEXT * 20));
  for (const [shape, instead] of SECRET_SHAPES) cleaned = cleaned.replace(shape, instead);
  cleaned = cleaned.replace(/\s+/g, ' ').replace(UNSEEN, '').trim();
  return cleaned.length > MAX_TEXT ? `${cleaned.slice(0, MAX_TEXT)}…` : cleaned;
}
