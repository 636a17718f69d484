import { ConnectorRequestError, type FailureClass } from '@spec-kitty/tracker-core';
import { type Answer, jsonOf, textOf } from './answer.ts';
import type { Redact } from './redactor.ts';

/** What a vendor means by an answer. */
export interface Meaning {
  failureClass: FailureClass;
  /** In words; the vendor's own where it is left out. */
  message?: string;
  /** For a limit: how long to wait, where the vendor said so. */
  retryAfterMs?: number;
}

const MAX_WORDS = 300;

/** What the vendor said, on one line, without anything secret and without what moves a terminal's cursor. */
export function wordsOf(text: string, redact: Redact): string {
  const line = redact(text)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS)}…` : line;
}

/** The failure that an answer means. */
export function failureOf(
  answer: Answer,
  meaning: Partial<Meaning>,
  { provider, redact }: { provider: string; redact: Redact },
): ConnectorRequestError {
  const { status, method, place } = answer;
  const said = wordsOf(meaning.message ?? messageIn(answer), redact);
  return new ConnectorRequestError(
    `${provider}: ${method} ${redact(place)} answered ${status}${said === '' ? '' : `: ${said}`}`,
    {
      provider,
      statusCode: status,
      ...(meaning.failureClass === undefined ? {} : { failureClass: meaning.failureClass }),
      ...(meaning.retryAfterMs === undefined ? {} : { retryAfterMs: meaning.retryAfterMs }),
    },
  );
}

/** A message of JSON in the shapes that vendors use, or plain text; a page for people says nothing. */
function messageIn(answer: Answer): string {
  const type = answer.headers.get('content-type') ?? '';
  const json = jsonOf(answer);
  if (json !== undefined) return textIn(json) ?? '';
  return /text\/plain/i.test(type) ? textOf(answer).slice(0, 2 * MAX_WORDS) : '';
}

const PLACES = ['message', 'error_description', 'error', 'errorMessages', 'errors', 'reason'];

function textIn(json: unknown, depth = 0): string | undefined {
  if (typeof json === 'string') return json.slice(0, 2 * MAX_WORDS);
  if (typeof json !== 'object' || json === null || depth > 3) return undefined;
  if (Array.isArray(json)) return textIn(json[0], depth + 1);
  for (const place of PLACES) {
    const text = Object.hasOwn(json, place)
      ? textIn((json as Record<string, unknown>)[place], depth + 1)
      : undefined;
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}
