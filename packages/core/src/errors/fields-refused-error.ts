import type { CanonicalIssue } from '../model/issue.ts';
import { CapabilityNotSupportedError } from './capability-not-supported-error.ts';
import type { ErrorDetails } from './tracker-error.ts';

/** One field of a patch that a tracker refused, and why in its own words. */
export interface RefusedField {
  field: string;
  reason: string;
}

/** Part of a patch was refused after the rest was applied. `issue` is the remote issue as it stands now. */
export class FieldsRefusedError extends CapabilityNotSupportedError {
  readonly refused: RefusedField[];
  readonly issue: CanonicalIssue;

  constructor(message: string, details: ErrorDetails & { refused: RefusedField[]; issue: CanonicalIssue }) {
    super(message, { ...details, capability: details.refused[0]?.field ?? 'unknown' }, 'fields_refused');
    this.refused = details.refused;
    this.issue = details.issue;
  }
}
