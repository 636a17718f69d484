import {
  CANONICAL_STATUSES,
  type CanonicalStatus,
  ConnectorConfigError,
  type FieldSupport,
  fingerprint,
  type IssueField,
  type IssueFields,
  type JsonValue,
  type Sleep,
  stableStringify,
  systemSleep,
  type TrackerCapabilities,
  TrackerCapabilitiesSchema,
} from '@spec-kitty/tracker-core';
import { CAPABILITIES } from './manifest.ts';

/** Says why the tracker refuses `value` for `field`, or undefined where it takes it. */
export type RefuseField = (
  field: IssueField,
  value: unknown,
  current: IssueFields | undefined,
) => string | undefined;

/**
 * What makes the reference connector behave like a lesser tracker, for tests. None of it is for users, and none is
 * read from their configuration.
 */
export interface InMemoryOptions {
  /** What this instance lacks or limits. A lag is emulated, a grain of time is applied, what is false is refused. */
  capabilities?: Partial<TrackerCapabilities>;
  /** Statuses that the tracker does not know, and what it holds instead: `{ blocked: 'todo' }`. */
  statuses?: Partial<Record<CanonicalStatus, CanonicalStatus>>;
  /** What the tracker makes of the fields that are written to it. Must be pure. */
  holds?: (fields: IssueFields) => IssueFields;
  /** Refuses single fields of a write, as a workflow or a screen does. */
  refuse?: RefuseField;
  /** A change shows in listings and look-ups only after this many further ones. */
  lagReads?: number;
  /** Sets and maps are replaced whole, as by an API that knows no differences. */
  wholeValues?: boolean;
  /** Who this client is at the tracker. */
  account?: string;
  sleep?: Sleep;
}

/** {@link InMemoryOptions} with everything decided. */
export interface Profile {
  capabilities: TrackerCapabilities;
  statuses: Partial<Record<CanonicalStatus, CanonicalStatus>>;
  holds: ((fields: IssueFields) => IssueFields) | undefined;
  refuse: RefuseField | undefined;
  lagReads: number;
  wholeValues: boolean;
  account: string;
  sleep: Sleep;
  /** Fingerprint of how fields are read and written. */
  mapping: string;
}

/** Changes when the mapping of this connector does. */
const MAPPING_VERSION = 1;

function fieldsSupport(options: InMemoryOptions): Partial<Record<IssueField, FieldSupport>> | undefined {
  const stated = options.capabilities?.fields;
  const loses = CANONICAL_STATUSES.some((status) => (options.statuses?.[status] ?? status) !== status);
  return loses ? { status: 'lossy', ...stated } : stated;
}

/** @throws ConnectorConfigError naming the capability at fault. */
export function profileOf(options: InMemoryOptions, hasWebhookSecret: boolean): Profile {
  const fields = fieldsSupport(options);
  const wanted: TrackerCapabilities = {
    ...CAPABILITIES,
    // Without a secret there is nothing to check a delivery against.
    supportsWebhooks: hasWebhookSecret,
    ...options.capabilities,
    ...(fields ? { fields } : {}),
    limits: { ...CAPABILITIES.limits, ...options.capabilities?.limits },
  };
  const parsed = TrackerCapabilitiesSchema.safeParse(wanted);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.map(String) ?? [];
    throw new ConnectorConfigError('not capabilities of a tracker', {
      fieldPath: ['capabilities', ...path].join('.'),
    });
  }
  const capabilities = parsed.data;
  const statuses = { ...options.statuses };
  const mapped = {
    version: MAPPING_VERSION,
    statuses,
    fields: fields ?? {},
    folds: capabilities.foldsCase ?? [],
  };
  return {
    capabilities,
    statuses,
    holds: options.holds,
    refuse: options.refuse,
    lagReads: options.lagReads ?? 0,
    wholeValues: options.wholeValues ?? false,
    account: options.account ?? 'spec-kitty',
    sleep: options.sleep ?? systemSleep,
    mapping: fingerprint(stableStringify(mapped as unknown as JsonValue)),
  };
}
