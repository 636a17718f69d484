/** Why a package that looks like a plugin is not one. Stable, for programs. */
export type RejectionCode =
  | 'invalid_name'
  | 'outside_package'
  | 'manifest_missing'
  | 'manifest_not_json'
  | 'manifest_too_large'
  | 'invalid_json'
  | 'unsafe_json'
  | 'wrong_kind'
  | 'unsupported_version'
  | 'invalid_manifest'
  | 'entry_missing'
  | 'duplicate_id';

/** A package that is not used as a plugin, and why. */
export interface RejectedPackage {
  /** The name under which the host depends on it. */
  package: string;
  code: RejectionCode;
  /** For people: one line without control characters, at most 500 characters. */
  reason: string;
}

/** Ends the reading of one package; discovery turns it into data. */
export class Rejection extends Error {
  readonly code: RejectionCode;

  constructor(reason: string, details: ErrorOptions & { code: RejectionCode }) {
    // A manifest's keys may stand in it, and they come from a stranger.
    super(reason.replace(/\p{C}+/gu, ' ').slice(0, 500), details);
    this.code = details.code;
  }
}
