export { CapabilityNotSupportedError } from './errors/capability-not-supported-error.ts';
export { ConnectorConfigError } from './errors/connector-config-error.ts';
export {
  ConnectorRequestError,
  classifyHttpStatus,
  FAILURE_CLASSES,
  type FailureClass,
  HostedAuthRequiredError,
  type RequestErrorDetails,
} from './errors/connector-request-error.ts';
export {
  type ContractDetails,
  DecisionReferenceContractError,
  DiscoveryContractError,
  IssuePayloadContractError,
  TrackerContractError,
} from './errors/contract-errors.ts';
export { FieldsRefusedError, type RefusedField } from './errors/fields-refused-error.ts';
export { describeZodError } from './errors/from-zod.ts';
export { IssueNotFoundError } from './errors/issue-not-found-error.ts';
export { ScopeViolationError } from './errors/scope-violation-error.ts';
export { type GuardCounts, SyncBusyError, SyncConflictError, SyncGuardError } from './errors/sync-errors.ts';
export { type ErrorDetails, isTrackerError, SpecKittyTrackerError } from './errors/tracker-error.ts';
export {
  CONFLICT_STRATEGIES,
  type ConflictResolver,
  type ConflictStrategy,
  type FieldConflict,
  type MergeText,
  type StrategyOption,
} from './merge/strategy.ts';
export { BidirectionalIssueSync } from './mission/bidirectional-issue-sync.ts';
export { decisionLinkMismatches } from './mission/decision-link-mismatches.ts';
export type { DecisionReference, MissionSeed, MissionUpdate } from './mission/mission.ts';
export { missionSeedFromIssue } from './mission/mission-seed.ts';
export { canonicalIssue, issuePatch } from './model/canonical-issue.ts';
export { sameValue } from './model/equality.ts';
export {
  type ExternalRef,
  ExternalRefSchema,
  isDraftRef,
  parseRefIdentity,
  refIdentity,
  sameRef,
} from './model/external-ref.ts';
export {
  CANONICAL_ISSUE_TYPES,
  CANONICAL_STATUSES,
  type CanonicalIssue,
  CanonicalIssueSchema,
  type CanonicalIssueType,
  CanonicalIssueTypeSchema,
  type CanonicalLink,
  CanonicalLinkSchema,
  type CanonicalStatus,
  CanonicalStatusSchema,
  CORE_ISSUE_FIELDS,
  type IssueField,
  type IssueFields,
  type IssuePatch,
  IssuePatchSchema,
  LINK_TYPES,
  type LinkType,
  LinkTypeSchema,
  type Priority,
} from './model/issue.ts';
export {
  copyJson,
  fingerprint,
  isJsonValue,
  type JsonObject,
  JsonObjectSchema,
  type JsonValue,
  JsonValueSchema,
  stableStringify,
} from './model/json.ts';
export { applyPatch, type FieldPath, fieldsOf, valueAt, withValue } from './model/snapshot.ts';
export { laterOf, shiftTimestamp, toTimestamp } from './model/timestamp.ts';
export {
  FIELD_OWNERS,
  type FieldOwner,
  type OwnershipMode,
  OwnershipPolicy,
  type OwnershipPolicyJson,
  OwnershipPolicySchema,
  type PolicyField,
} from './policy/ownership-policy.ts';
export {
  FIELD_SUPPORT,
  type FieldSupport,
  fieldSupport,
  type TrackerCapabilities,
  TrackerCapabilitiesSchema,
  type TrackerLimits,
} from './protocol/capabilities.ts';
export type {
  CallOptions,
  Comment,
  IssueFilters,
  ListQuery,
  TaskTrackerConnector,
  WriteOptions,
  WriteResult,
} from './protocol/connector.ts';
export {
  type Clock,
  type CommandRunner,
  type ConnectorContext,
  type Ids,
  type Logger,
  type SharedState,
  type Sleep,
  silentLogger,
  systemClock,
  systemIds,
  systemSleep,
} from './protocol/context.ts';
export {
  TRACKER_EVENT_TYPES,
  type TrackerEvent,
  TrackerEventSchema,
  type TrackerEventType,
  TrackerEventTypeSchema,
} from './protocol/events.ts';
export { type Page, type SyncCheckpoint, SyncCheckpointSchema } from './protocol/page.ts';
export { ConnectorRegistry } from './registry/connector-registry.ts';
export {
  type DiscoveredResource,
  type DiscoveredWorkspace,
  type DiscoveryResult,
  parseDiscoveredResources,
  parseDiscoveredWorkspaces,
} from './registry/discovered.ts';
export { jsonSchemaOf, manifestOf } from './registry/manifest-of.ts';
export {
  type CredentialDeclaration,
  type PluginManifest,
  PluginManifestSchema,
} from './registry/plugin-manifest.ts';
export {
  definePlugin,
  type HostedSupport,
  isTrackerPlugin,
  type TrackerPlugin,
} from './registry/tracker-plugin.ts';
export type {
  Commit,
  CommitResult,
  ConflictQuery,
  IssueQuery,
  LogQuery,
  RecordWrite,
  RefRow,
  StoreBackend,
} from './store/backend.ts';
export { MemoryBackend } from './store/memory-backend.ts';
export { packRecord, unpackRecord } from './store/packed-record.ts';
export { InMemoryIssueStore, RecordStore, type RecordStoreOptions } from './store/record-store.ts';
export { recordWrite } from './store/record-write.ts';
export {
  type Agreement,
  type BindingRow,
  type BindingTarget,
  type ConflictRecord,
  type ConflictStatus,
  type Intent,
  type OverrideRecord,
  type Person,
  placeKey,
  type Refusal,
  type Reread,
  type RunRecord,
  type StoredConflict,
  type StoredRecord,
  type Swing,
  targetKey,
} from './store/records.ts';
export type {
  BindingPlace,
  ConflictChoice,
  ConflictListQuery,
  LocalIssueStore,
  SyncStore,
} from './store/sync-store.ts';
export { SyncEngine } from './sync/engine.ts';
export type {
  DeletionMode,
  GuardLimits,
  RunOperation,
  RunOptions,
  SyncEngineOptions,
  SyncEvent,
} from './sync/options.ts';
export type { PlannedChange, PlannedWrite, SyncPlan } from './sync/plan.ts';
export {
  SKIP_REASONS,
  type SkippedField,
  type SyncFailure,
  type SyncOperation,
  type SyncResult,
  type SyncStats,
} from './sync/result.ts';
