/** What stands at the end of the body of an issue that we created: the idempotency key of its create. */
const MARKER = /\n*<!-- spec-kitty:([\w.:~-]{1,200}) -->\s*$/;

/** A body without its marker, and the key in it. */
export function readMarker(body: string): { text: string; key?: string } {
  const found = MARKER.exec(body);
  const key = found?.[1];
  return key === undefined ? { text: body } : { text: body.slice(0, found?.index), key };
}

/** @throws TypeError for a key that no comment can hold; the engine's own are UUIDs. */
export function withMarker(text: string, key: string | undefined): string {
  if (key === undefined) return text;
  const marker = `<!-- spec-kitty:${key} -->`;
  if (readMarker(marker).key !== key)
    throw new TypeError('the idempotency key has characters that GitLab cannot hide');
  return text === '' ? marker : `${text}\n\n${marker}`;
}
