/** The key of the create, at the end of a description, where a reader of Markdown does not see it. */
const MARKER = /\s*<!-- spec-kitty:([0-9a-f]+) -->\s*$/;

/** A description without its marker, and the key that the marker names. */
export function readMarker(description: string): { body: string; key?: string } {
  const found = MARKER.exec(description);
  const key = found?.[1] === undefined ? '' : Buffer.from(found[1], 'hex').toString();
  return found && key !== '' ? { body: description.slice(0, found.index), key } : { body: description };
}

/** A description with the marker of this key; a text that ends like a marker of its own is not told apart from one. */
export function withMarker(body: string, key: string | undefined): string {
  if (key === undefined) return body;
  const marker = `<!-- spec-kitty:${Buffer.from(key).toString('hex')} -->`;
  return body === '' ? marker : `${body}\n\n${marker}`;
}
