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

/** Words of a stranger, such as the keys of a manifest, for people: one line, of at most so many characters. */
export function harmless(words: string, max: number): string {
  return words.replace(/\p{C}+/gu, ' ').slice(0, max);
}

interface RejectionDetails extends ErrorOptions {
  code: RejectionCode;
  /** The id in a manifest that says it is a connector's, as it stands there. */
  claimedId?: unknown;
}

/** Ends the reading of one package; discovery turns it into data. */
export class Rejection extends Error {
  readonly code: RejectionCode;
  readonly claimedId: string | undefined;

  constructor(reason: string, { code, claimedId, ...options }: RejectionDetails) {
    super(harmless(reason, 500), options);
    this.code = code;
    this.claimedId = typeof claimedId === 'string' ? claimedId : undefined;
  }
}
