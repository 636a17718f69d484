const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Canonical already, and of a day that every month has: nothing to be made of it. */
const PLAIN = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)$/;

/**
 * An instant as ISO 8601 in UTC with milliseconds, from any RFC 3339 text. Finer fractions are cut, never
 * rounded up, so that an order of instants is kept. Undefined where it is no instant.
 */
export function toTimestamp(text: string): string | undefined {
  if (PLAIN.test(text)) return text;
  if (!RFC_3339.test(text)) return undefined;
  // Date takes 30 February for 2 March.
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate() || text.slice(11, 13) > '23') return undefined;
  const millis = Date.parse(text.replace(' ', 'T').replace(/(\.\d{3})\d+/, '$1'));
  if (Number.isNaN(millis)) return undefined;
  const canonical = new Date(millis).toISOString();
  return CANONICAL.test(canonical) ? canonical : undefined;
}

/** Milliseconds since 1970 of a canonical timestamp. */
export function instant(timestamp: string): number {
  return Date.parse(timestamp);
}

const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** The timestamp `ms` milliseconds later (earlier when negative), never before 1970 and never after the year 9999. */
export function shiftTimestamp(timestamp: string, ms: number): string {
  return new Date(Math.min(Math.max(0, instant(timestamp) + ms), LATEST)).toISOString();
}

/** The later of two, either of which may be missing. */
export function laterOf(a: string | null | undefined, b: string | null | undefined): string | null {
  if (!a) return b ?? null;
  if (!b) return a;
  return a >= b ? a : b;
}
