import { type ErrorDetails, SpecKittyTrackerError } from './tracker-error.ts';

/** The classes of failures, by what can be done about them. */
export const FAILURE_CLASSES = [
  'transient',
  'rate_limit',
  'authentication',
  'permission',
  'not_found',
  'validation',
  'non_retryable',
] as const;
/** What went wrong at a tracker, in the terms that decide what to do next. */
export type FailureClass = (typeof FAILURE_CLASSES)[number];

const CLASS_OF_STATUS: Readonly<Record<number, FailureClass>> = {
  400: 'validation',
  401: 'authentication',
  403: 'permission',
  404: 'not_found',
  408: 'transient',
  409: 'validation',
  412: 'validation',
  422: 'validation',
  425: 'transient',
  429: 'rate_limit',
  500: 'transient',
  502: 'transient',
  503: 'transient',
  504: 'transient',
};

/** The failure class of an HTTP status; a status without a class of its own is `non_retryable`. */
export function classifyHttpStatus(status: number): FailureClass {
  return (Object.hasOwn(CLASS_OF_STATUS, status) ? CLASS_OF_STATUS[status] : undefined) ?? 'non_retryable';
}

/** What is known of a failed request. */
export interface RequestErrorDetails extends ErrorDetails {
  /** The HTTP status, or null where there was no answer. */
  statusCode?: number | null;
  /** Derived from the status unless given; without either it is `transient`, since no answer came. */
  failureClass?: FailureClass;
  /** How long to wait before another try, in milliseconds, where the tracker said so. */
  retryAfterMs?: number | null;
  /** The connector or transport that made the request. */
  provider?: string;
}

/** A request to a tracker failed. */
export class ConnectorRequestError extends SpecKittyTrackerError {
  readonly statusCode: number | null;
  readonly failureClass: FailureClass;
  readonly retryAfterMs: number | null;
  readonly provider: string;

  constructor(message: string, details: RequestErrorDetails = {}, code = 'connector_request') {
    super(message, details, code);
    this.statusCode = details.statusCode ?? null;
    this.failureClass =
      details.failureClass ?? (this.statusCode === null ? 'transient' : classifyHttpStatus(this.statusCode));
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.provider = details.provider ?? 'unknown';
  }

  /** Whether the same request may succeed later without anybody changing anything. */
  get isRetryable(): boolean {
    return this.failureClass === 'transient' || this.failureClass === 'rate_limit';
  }
}

/** The hosted connection must be authorised again by its user. */
export class HostedAuthRequiredError extends ConnectorRequestError {
  constructor(message: string, details: RequestErrorDetails = {}) {
    super(
      message,
      { ...details, statusCode: details.statusCode ?? 401, failureClass: 'authentication' },
      'hosted_auth_required',
    );
  }
}
