const HIDDEN = '[hidden]';
/** Shorter ones would tear holes into every text. */
const SHORTEST = 4;

/** Takes secrets out of a text, also where they are encoded for a URL or in Base64. */
export type Redact = (text: string) => string;

/** Hides these secrets; those of fewer than four characters are passed over. */
export function createRedactor(secrets: readonly (string | undefined)[]): Redact {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret === undefined || secret.length < SHORTEST) continue;
    const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(secret)));
    const unpadded = base64.replace(/=+$/, '');
    const urlSafe = unpadded.replaceAll('+', '-').replaceAll('/', '_');
    for (const form of [secret, encodeURIComponent(secret), base64, unpadded, urlSafe]) forms.add(form);
  }
  // The longest first: one may hold another.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((left, form) => left.replaceAll(form, HIDDEN), text);
}
