import { ConnectorConfigError, type ErrorDetails, SpecKittyTrackerError } from '@spec-kitty/tracker-core';

interface StoreErrorDetails extends ErrorDetails {
  retryable?: boolean;
  sqlState?: string | null;
  outcomeUnknown?: boolean;
}

/**
 * The database could not be read or written. What the failed call was to write is not in it, unless `outcomeUnknown`
 * is set.
 */
export class StoreError extends SpecKittyTrackerError {
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** What PostgreSQL calls it: https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly sqlState: string | null;
  /** The connection was lost after a commit was sent: it took effect whole or not at all. */
  readonly outcomeUnknown: boolean;

  constructor(message: string, details: StoreErrorDetails = {}) {
    super(message, details, 'store_io');
    this.retryable = details.retryable ?? false;
    this.sqlState = details.sqlState ?? null;
    this.outcomeUnknown = details.outcomeUnknown ?? false;
  }
}

/**
 * What to do about a failure. `again`: the transaction lost against another one. `lost`: the connection is of no more
 * use, and another one may be. `refused`: no connection was to be had just now. `later`: only the caller can tell when.
 * `configuration`: it will fail until somebody changes something.
 */
export type FailureKind = 'again' | 'lost' | 'refused' | 'later' | 'configuration' | 'defect';

interface Explanation {
  kind: FailureKind;
  says: string;
}

const LOST: Explanation = { kind: 'lost', says: 'the connection was lost' };
const UNREACHABLE: Explanation = {
  kind: 'refused',
  says: 'the server cannot be reached. Check its host and port, and that it runs',
};
const NOT_TAKING: Explanation = { kind: 'refused', says: 'the server takes no connection at the moment' };
const NO_ENTRY: Explanation = {
  kind: 'configuration',
  says: 'the server does not let this user in. Check user and password',
};

/** By SQLSTATE, or by the name that Node gives to a failure of the network. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  '40001': { kind: 'again', says: 'other writers came in between, again and again' },
  '40P01': { kind: 'again', says: 'it deadlocked with other writers, again and again' },
  '57P01': LOST,
  '57P02': LOST,
  '25P03': LOST,
  // A server that was the first one before a failover.
  '25006': { kind: 'lost', says: 'the server is read-only' },
  '57P03': NOT_TAKING,
  '53300': { kind: 'refused', says: 'the server has too many connections' },
  '57014': { kind: 'later', says: 'it took too long and was canceled' },
  '55P03': { kind: 'later', says: 'another writer kept it locked for too long' },
  '53100': { kind: 'later', says: "the server's disk is full. Free some space" },
  '53200': { kind: 'later', says: 'the server is out of memory' },
  '28P01': NO_ENTRY,
  '28000': NO_ENTRY,
  '3D000': { kind: 'configuration', says: 'there is no such database. Create it, or name another one' },
  '42501': {
    kind: 'configuration',
    says: 'this user lacks a privilege. Grant it the schema, or CREATE on the database while the schema is not there',
  },
  '42P01': { kind: 'configuration', says: 'the schema was changed by another program' },
  '42703': { kind: 'configuration', says: 'the schema was changed by another program' },
  '42P07': { kind: 'configuration', says: 'the schema holds tables of another program. Name another schema' },
  ECONNREFUSED: UNREACHABLE,
  // A host that has no address will hardly get one in the next seconds.
  ENOTFOUND: { ...UNREACHABLE, kind: 'later' },
  EAI_AGAIN: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ECONNRESET: LOST,
  EPIPE: LOST,
  ETIMEDOUT: LOST,
};

/** The driver's own failures have no code. */
const DRIVER_MESSAGES: readonly [RegExp, Explanation][] = [
  [
    /timeout exceeded when trying to connect/i,
    {
      kind: 'later',
      says: 'no connection of the pool came free in time. Use a larger pool, or fewer at once',
    },
  ],
  [/after calling end on the pool/, { kind: 'defect', says: 'the store was closed' }],
  [/connection timeout/i, { kind: 'refused', says: 'the server did not answer in time' }],
  [/read timeout/i, { kind: 'lost', says: 'the server did not answer in time' }],
  [
    /\bSSL\b|\bSASL\b/,
    {
      kind: 'configuration',
      says: 'the server does not take connections of this kind. Check sslmode, and that there is a password where it wants one',
    },
  ],
  [/connection (terminated|error|ended)|not queryable|client was closed/i, LOST],
];

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function explain(error: Error): Explanation | undefined {
  const code = codeOf(error);
  if (code === undefined) return DRIVER_MESSAGES.find(([message]) => message.test(error.message))?.[1];
  if (Object.hasOwn(EXPLANATIONS, code)) return EXPLANATIONS[code];
  return code.startsWith('08') ? LOST : undefined;
}

function isSqlState(code: string | undefined): code is string {
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code);
}

/** Undefined for what is no failure of the database. */
export function failureKind(error: unknown): FailureKind | undefined {
  if (!(error instanceof Error) || error instanceof SpecKittyTrackerError) return undefined;
  return explain(error)?.kind ?? (codeOf(error) === undefined ? undefined : 'defect');
}

/** Takes out what must not be told. */
export type Redact = (text: string) => string;

function harmless(error: Error, redact: Redact): Error {
  const copy = new Error(redact(error.message));
  copy.name = error.name;
  const code = codeOf(error);
  return code === undefined ? copy : Object.assign(copy, { code });
}

/** What a call throws for a failure of the database; any other error is given back as it is. */
export function storeError(place: string, error: unknown, redact: Redact): unknown {
  const kind = failureKind(error);
  if (kind === undefined || !(error instanceof Error)) return error;
  const code = codeOf(error);
  const says = explain(error)?.says ?? redact(error.message);
  const message = `${place}: ${says}${code === undefined ? '' : ` (${code})`}`;
  const cause = harmless(error, redact);
  if (kind === 'configuration') return new ConnectorConfigError(message, { cause, fieldPath: fieldOf(code) });
  return new StoreError(
    kind === 'defect' ? message : `${message}; nothing of this call was written. Try again`,
    {
      cause,
      retryable: kind !== 'defect',
      sqlState: isSqlState(code) ? code : null,
    },
  );
}

function fieldOf(code: string | undefined): string {
  return code?.startsWith('42') && code !== '42501' ? 'schema' : 'connectionString';
}

export function damaged(place: string, what: string, cause?: unknown): StoreError {
  return new StoreError(
    `${place}: ${what} is damaged. Restore the database from a copy, or sync into another schema or tenant`,
    cause === undefined ? {} : { cause },
  );
}

export function badOption(fieldPath: string, says: string): ConnectorConfigError {
  return new ConnectorConfigError(`cannot open the PostgreSQL store: ${fieldPath} ${says}`, { fieldPath });
}

/** For a commit whose answer was lost, and after that the server as well. */
export function uncertain(place: string, cause: StoreError): StoreError {
  return new StoreError(
    `${place}: the connection was lost while a commit was answered; it took effect whole or not at all. Read before you write again`,
    { cause, sqlState: cause.sqlState, outcomeUnknown: true },
  );
}
