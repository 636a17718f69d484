import { type ErrorDetails, SpecKittyTrackerError } from './tracker-error.ts';

/** A call left the scope (actor, repository, project) that its connector or runner is bound to. */
export class ScopeViolationError extends SpecKittyTrackerError {
  readonly expectedScope: string;
  readonly actualScope: string;

  constructor(
    message: string,
    details: ErrorDetails & { expectedScope?: string; actualScope?: string } = {},
  ) {
    super(message, details, 'scope_violation');
    this.expectedScope = details.expectedScope ?? '';
    this.actualScope = details.actualScope ?? '';
  }
}
