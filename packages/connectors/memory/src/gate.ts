import {
  type CanonicalLink,
  CapabilityNotSupportedError,
  ConnectorRequestError,
  type ExternalRef,
  fieldSupport,
  type IssueField,
  refIdentity,
  ScopeViolationError,
  type TrackerCapabilities,
  type WriteOptions,
} from '@spec-kitty/tracker-core';

export type BooleanCapability = Exclude<
  keyof TrackerCapabilities,
  'fields' | 'foldsCase' | 'ordering' | 'lagMs' | 'timeGranularityMs' | 'limits'
>;

/** Refuses what this instance cannot do, before anything is sent. */
export class Gate {
  readonly #system: string;
  readonly #workspace: string;
  readonly #capabilities: TrackerCapabilities;

  constructor(system: string, workspace: string, capabilities: TrackerCapabilities) {
    this.#system = system;
    this.#workspace = workspace;
    this.#capabilities = capabilities;
  }

  /** @throws CapabilityNotSupportedError */
  need(capability: BooleanCapability): void {
    if (this.#capabilities[capability]) return;
    throw new CapabilityNotSupportedError(`this tracker has no ${capability}`, { capability });
  }

  /** @throws CapabilityNotSupportedError, ScopeViolationError */
  needWrite(ref: ExternalRef, options: WriteOptions): void {
    if (this.#capabilities.supportsWrite === false) this.need('supportsWrite');
    if (options.ifVersion !== undefined) this.need('supportsOptimisticConcurrency');
    this.assertScope(ref);
  }

  /** @throws CapabilityNotSupportedError naming `links`, or `parent` for a relation of hierarchy. */
  needLink(link: CanonicalLink): void {
    const field: IssueField = link.type === 'child_of' || link.type === 'parent_of' ? 'parent' : 'links';
    if (fieldSupport(this.#capabilities, field) !== 'none') return;
    throw new CapabilityNotSupportedError(`this tracker does not hold ${field}`, { capability: field });
  }

  /** @throws ScopeViolationError for a ref of another tracker or workspace. */
  assertScope(ref: ExternalRef): void {
    if (ref.system === this.#system && ref.workspace === this.#workspace) return;
    throw new ScopeViolationError(`${refIdentity(ref)} is in another workspace`, {
      expectedScope: `${this.#system}:${this.#workspace}`,
      actualScope: `${ref.system}:${ref.workspace}`,
    });
  }

  /** @throws ConnectorRequestError 400 for more items than a bulk call may hold. */
  assertBatch(size: number): void {
    const limit = this.#capabilities.limits?.batchSize;
    if (limit === undefined || size <= limit) return;
    throw new ConnectorRequestError(`${size} items in one call, at most ${limit}`, {
      statusCode: 400,
      provider: this.#system,
    });
  }
}
