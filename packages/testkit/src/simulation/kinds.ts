/** Everything that can go wrong. Each can be masked alone, which does not change what else happens before it. */
export const FAULT_KINDS = [
  'limit_429',
  'limit_400',
  'limit_200',
  'server_error',
  'lost_before',
  'lost_after',
  'half_made',
  'time_out',
  'stalled',
  'stale_item',
  'stale_get',
  'repeated_item',
  'reordered_page',
  'bad_item',
  'bad_cursor',
  'same_cursor',
  'unlisted_item',
  'refused_token',
  'refused_login',
  'forbidden',
  'hidden',
  'abort',
  'out_of_time',
  'crash',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What people, hosts and further processes do. */
export const DEED_KINDS = [
  'host_create',
  'host_edit',
  'host_delete',
  'host_stale_save',
  'host_resolve',
  'host_forbidden_draft',
  'person_create',
  'person_edit',
  'person_delete',
  'person_move',
  'meanwhile',
  'second_engine',
  'pause',
  'events',
  'planned_run',
  'guarded_run',
  'restored_checkpoint',
] as const;
export type DeedKind = (typeof DEED_KINDS)[number];

/** Where a process may die: before and after everything that it waits for. */
export const CRASH_POINTS: readonly string[] = [
  ...['acquireLease', 'bindings', 'people', 'intents', 'rereads', 'lookup', 'load', 'conflicts', 'pending'],
  ...[
    'refs',
    'commit',
    'releaseLease',
    'list',
    'get',
    'find',
    'create',
    'update',
    'delete',
    'link',
    'unlink',
  ],
].flatMap((step) => [`crash before ${step}`, `crash after ${step}`]);

/** Over what sides may disagree, and how that is settled. */
export const CONFLICT_KINDS: readonly string[] = [
  ...['title', 'body', 'status', 'priority', 'parent', 'customFields', 'deleted'].map(
    (field) => `conflict of ${field}`,
  ),
  ...['external_wins', 'local_wins', 'newer_timestamp', 'manual_review', 'merge', 'host'].map(
    (strategy) => `conflict by ${strategy}`,
  ),
];

/** Everything that histories are to meet. */
export const MET_KINDS: readonly string[] = [
  ...FAULT_KINDS,
  ...DEED_KINDS,
  ...CRASH_POINTS,
  ...CONFLICT_KINDS,
];

/** A kind of fault or of deed that is left out of a history. */
export type MaskedKind = FaultKind | DeedKind;

/** A history: the seed, and what of it is played. */
export interface HistoryOptions {
  seed: number;
  steps: number;
  /** Two trackers over one store, every issue enrolled in both. */
  two?: boolean;
  /** Faults weigh differently in each history, some nothing and some much: what seldom comes together does so somewhere. */
  swarm?: boolean;
  /** The steps that are played; all where absent. */
  only?: number[];
  without?: MaskedKind[];
}

export type Owner = 'external' | 'local' | 'shared';

/** What was met in one or many histories. */
export type Counts = Record<string, number>;

export function addCounts(into: Counts, more: Counts): void {
  for (const [name, times] of Object.entries(more)) into[name] = (into[name] ?? 0) + times;
}
