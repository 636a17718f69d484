import { type ErrorDetails, SpecKittyTrackerError } from './tracker-error.ts';

/** A tracker cannot do or hold what was asked of it; `capability` is a field name or a capability's name. */
export class CapabilityNotSupportedError extends SpecKittyTrackerError {
  readonly capability: string;

  constructor(
    message: string,
    details: ErrorDetails & { capability?: string } = {},
    code = 'capability_not_supported',
  ) {
    super(message, details, code);
    this.capability = details.capability ?? 'unknown';
  }
}
