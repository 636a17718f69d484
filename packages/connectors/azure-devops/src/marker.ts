/** What the tag of an issue that we created begins with; its idempotency key follows. */
const PREFIX = 'spec-kitty-';
const KEY = /^[\w.:~-]{1,200}$/;

/** Whether a tag may be a marker: such labels are not written. */
export const isMarker = (tag: string): boolean => tag.toLowerCase().startsWith(PREFIX);

export function keyIn(tags: readonly string[]): string | undefined {
  const marker = tags.find(isMarker);
  const key = marker?.slice(PREFIX.length);
  return key !== undefined && KEY.test(key) ? key : undefined;
}

/** @throws TypeError for a key that no tag can hold; the engine's own are UUIDs. */
export function markerOf(key: string): string {
  if (!KEY.test(key)) throw new TypeError('the idempotency key has characters that no tag can hold');
  return `${PREFIX}${key}`;
}
