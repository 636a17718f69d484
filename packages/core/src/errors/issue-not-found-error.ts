import type { ExternalRef } from '../model/external-ref.ts';
import { type ErrorDetails, SpecKittyTrackerError } from './tracker-error.ts';

/** The tracker answered, and says that it has no such issue (or none that this account may see). */
export class IssueNotFoundError extends SpecKittyTrackerError {
  readonly issueRef?: ExternalRef;

  constructor(message: string, details: ErrorDetails & { issueRef?: ExternalRef } = {}) {
    super(message, details, 'issue_not_found');
    if (details.issueRef !== undefined) this.issueRef = details.issueRef;
  }
}
