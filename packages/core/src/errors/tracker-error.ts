/** Details that any error of this project may carry. */
export interface ErrorDetails {
  /** What caused it, as thrown. */
  cause?: unknown;
  /** The field or option at fault, as a path such as `customFields.team` or `items[3].title`. */
  fieldPath?: string;
}

const BRAND: symbol = Symbol.for('@spec-kitty/tracker-core/error');

/**
 * Base of every error that this project throws on purpose. `code` is stable and meant for programs,
 * `message` for people. Errors are recognised by a brand and not by `instanceof`, because a plugin
 * may bring its own copy of this package.
 */
export class SpecKittyTrackerError extends Error {
  readonly code: string;
  readonly fieldPath?: string;

  constructor(message: string, details: ErrorDetails = {}, code = 'tracker_error') {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    if (details.fieldPath !== undefined) this.fieldPath = details.fieldPath;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** True for an error of this project, also one that another copy of the package threw. */
export function isTrackerError(error: unknown): error is SpecKittyTrackerError {
  try {
    return typeof error === 'object' && error !== null && BRAND in error;
  } catch {
    // A proxy that cannot be looked at.
    return false;
  }
}
