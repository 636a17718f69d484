const MARKER = /\s*<!-- spec-kitty:([0-9a-f]+) -->\s*$/;

/** A description without its marker, and the idempotency key of the create that left it: a reader of Markdown does not see it. */
export function readMarker(description: string): { body: string; key?: string } {
  const found = MARKER.exec(description);
  const key = Buffer.from(found?.[1] ?? '', 'hex').toString();
  if (!found || key === '') return { body: description };
  return { body: description.slice(0, found.index), key };
}

/** A description marked with this key; a text that ends like a marker of its own is not told apart from one. */
export function withMarker(body: string, key: string | undefined): string {
  if (key === undefined) return body;
  const written = `<!-- spec-kitty:${Buffer.from(key).toString('hex')} -->`;
  return body === '' ? written : `${body}\n\n${written}`;
}
