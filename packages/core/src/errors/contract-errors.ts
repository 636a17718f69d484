import { type ErrorDetails, SpecKittyTrackerError } from './tracker-error.ts';

/** Where and how data broke a contract. */
export interface ContractDetails extends ErrorDetails {
  /** The connector, plugin or host that produced the data. */
  provider?: string;
  /** Which contract: `issue`, `decision`, `discovery`, `cursor`, `manifest`, … */
  kind?: string;
  /** A stable reason: `PK-001`, `DR-001`, `invalid`, … */
  reason?: string;
}

/** Data from outside broke a contract of this project; `fieldPath` says where. */
export class TrackerContractError extends SpecKittyTrackerError {
  readonly provider: string;
  readonly kind: string;
  readonly reason: string;

  constructor(message: string, details: ContractDetails = {}, code = 'tracker_contract') {
    super(message, { ...details, fieldPath: details.fieldPath ?? '' }, code);
    this.provider = details.provider ?? 'unknown';
    this.kind = details.kind ?? 'unknown';
    this.reason = details.reason ?? 'invalid';
  }
}

/** An issue or a patch is not one of the canonical model. */
export class IssuePayloadContractError extends TrackerContractError {
  constructor(message: string, details: ContractDetails = {}) {
    super(message, { ...details, kind: details.kind ?? 'issue' }, 'issue_payload_contract');
  }
}

/** Decision references break their contract: `DR-001` to `DR-005` in `reason`. */
export class DecisionReferenceContractError extends TrackerContractError {
  constructor(message: string, details: ContractDetails = {}) {
    super(message, { ...details, kind: details.kind ?? 'decision' }, 'decision_reference_contract');
  }
}

/** A plugin's workspace or resource discovery answered something else than it promised. */
export class DiscoveryContractError extends TrackerContractError {
  constructor(message: string, details: ContractDetails = {}) {
    super(message, { ...details, kind: details.kind ?? 'discovery' }, 'discovery_contract');
  }
}
