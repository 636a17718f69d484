/** The minutes of a zone ahead of UTC at a time. */
export function offsetMinutes(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(ms);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return Math.round((local - Math.floor(ms / 1000) * 1000) / 60_000);
}

/** The instant that a clock on the wall of that zone shows; of two, the later one. */
export function instantOf(local: number, timeZone: string): number {
  const offsets = [local - 86_400_000, local + 86_400_000].map((ms) => offsetMinutes(ms, timeZone));
  return Math.max(...offsets.map((minutes) => local - minutes * 60_000));
}
