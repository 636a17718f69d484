import { badOption, type Redact } from './errors.ts';

/** What of a connection string must not be told: the password, as it is written and as it is meant. */
function secretsOf(url: URL): string[] {
  const secrets = [
    url.password,
    ...url.searchParams.getAll('password'),
    ...url.searchParams.getAll('sslpassword'),
  ];
  return secrets.flatMap((secret) => [secret, decoded(secret)]).filter((secret) => secret !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @throws ConnectorConfigError, without the text: it may hold a password. */
export function parseConnectionString(connectionString: unknown): {
  connectionString: string;
  redact: Redact;
} {
  if (typeof connectionString !== 'string' || connectionString.trim() === '')
    throw badOption('connectionString', 'is missing. It begins with postgres://');
  if (!URL.canParse(connectionString)) {
    throw badOption(
      'connectionString',
      'is no URL. It looks like postgres://user:password@host:5432/database, with special characters percent-encoded',
    );
  }
  const url = new URL(connectionString);
  if (!['postgres:', 'postgresql:'].includes(url.protocol))
    throw badOption('connectionString', 'begins with neither postgres:// nor postgresql://');
  const secrets = [connectionString, ...secretsOf(url)].sort((a, b) => b.length - a.length);
  const redact: Redact = (text) =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
  return { connectionString, redact };
}
