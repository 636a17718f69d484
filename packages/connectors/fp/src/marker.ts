/** What a create leaves at the end of a description, where a reader of Markdown does not see it. */
export interface Marker {
  /** The idempotency key of the create. */
  key: string;
  /** A word of fp for the status that the issue was to have: fp sets it with a second command, which may not have come. */
  status?: string;
}

const MARKER = /\s*<!-- spec-kitty:([0-9a-f]+)(?: ([a-z-]+))? -->\s*$/;

/** A description without its marker, and the marker. */
export function readMarker(description: string): { body: string; marker?: Marker } {
  const found = MARKER.exec(description);
  const [, hex = '', status] = found ?? [];
  const key = Buffer.from(hex, 'hex').toString();
  if (!found || key === '') return { body: description };
  const body = description.slice(0, found.index);
  return { body, marker: { key, ...(status === undefined ? {} : { status }) } };
}

/** A description with this marker; a text that ends like a marker of its own is not told apart from one. */
export function withMarker(body: string, marker: Marker | undefined): string {
  if (marker === undefined) return body;
  const { key, status } = marker;
  const words = [Buffer.from(key).toString('hex'), ...(status === undefined ? [] : [status])];
  const written = `<!-- spec-kitty:${words.join(' ')} -->`;
  return body === '' ? written : `${body}\n\n${written}`;
}
