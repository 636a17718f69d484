/** A text as JQL has it: whatever is in it, it is a text. */
export function quoted(text: string): string {
  const escaped = text.replaceAll(/["\\\p{Cc}\u2028\u2029]/gu, (char) => {
    if (char === '"' || char === '\\') return `\\${char}`;
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

export const equals = (field: string, value: string): string => `${field} = ${quoted(value)}`;

export const among = (field: string, values: readonly string[]): string =>
  `${field} in (${values.map(quoted).join(', ')})`;

/** Words that Jira's index leaves out. */
const STOP_WORDS = new Set(
  (
    'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this ' +
    'to was will with'
  ).split(' '),
);

/**
 * That an issue holds the words of a text, in its title or its body; undefined where there is no word that is certain to
 * be in the index. A text search has a language of its own, so that only plain words are put into it.
 */
export function holdsWords(text: string): string | undefined {
  const words = text
    .split(/\s+/)
    .filter((word) => /^[\p{L}\p{N}]+$/u.test(word) && !STOP_WORDS.has(word.toLowerCase()))
    // In lower case none of them is an operator.
    .map((word) => word.toLowerCase());
  if (words.length === 0) return undefined;
  const sought = quoted(words.join(' '));
  return `(summary ~ ${sought} OR description ~ ${sought})`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Older than every issue, and a time as old as the epoch is none that should be sent. */
const OLDEST_MS = Date.UTC(1990, 0, 1);

/**
 * That something happened at or after a time. JQL knows minutes, on the clock of the account and without its offset:
 * where that clock is put forward or back, what is asked for begins some hours before.
 * @param time in ISO 8601; undefined and what is older than every issue ask for nothing.
 * @param timeZone the account's; undefined where it is not known.
 */
export function since(
  field: 'updated' | 'created',
  time: string | undefined,
  timeZone: string | undefined,
): string | undefined {
  const ms = time === undefined ? Number.NaN : Date.parse(time);
  if (!(ms > OLDEST_MS)) return undefined;
  const minute = Math.floor(ms / MINUTE_MS) * MINUTE_MS;
  const offset = (at: number): number | undefined => offsetMs(at, timeZone);
  const here = offset(minute);
  if (here === undefined) return `${field} >= ${quoted(wallClock(minute - 26 * HOUR_MS))}`;
  const isChanging = offset(minute - 3 * HOUR_MS) !== offset(minute + 3 * HOUR_MS);
  const from = isChanging ? minute - 3 * HOUR_MS : minute;
  return `${field} >= ${quoted(wallClock(from + (offset(from) ?? here)))}`;
}

const wallClock = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

/** How far a zone is ahead of UTC. */
function offsetMs(at: number, timeZone: string | undefined): number | undefined {
  if (timeZone === undefined) return undefined;
  try {
    const name = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
      .formatToParts(at)
      .find(({ type }) => type === 'timeZoneName')?.value;
    const [, sign, hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name ?? '') ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS);
  } catch {
    // No zone that this runtime knows.
    return undefined;
  }
}
