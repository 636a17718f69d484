/** An answer whose body was read whole. */
export interface Answer {
  status: number;
  headers: Headers;
  /** Where it came from, without query and fragment. */
  place: string;
  method: string;
  body: Uint8Array<ArrayBuffer>;
}

/** The body as text; what is no UTF-8 is replaced. */
export function textOf({ body }: Answer): string {
  return new TextDecoder().decode(body);
}

/** The body as JSON, or undefined where it is none. */
export function jsonOf(answer: Answer): unknown {
  try {
    return JSON.parse(textOf(answer));
  } catch {
    return undefined;
  }
}

/** Statuses that have no body by their meaning. */
const BODILESS = new Set([204, 205, 304]);

export function toResponse({ status, headers, body }: Answer): Response {
  return new Response(BODILESS.has(status) ? null : body, { status, headers: withoutEncoding(headers) });
}

/** `fetch` has decoded the body already. */
function withoutEncoding(headers: Headers): Headers {
  const kept = new Headers(headers);
  kept.delete('content-encoding');
  kept.delete('content-length');
  return kept;
}
