import type { IssueField, TrackerCapabilities } from '@spec-kitty/tracker-core';
import type { Random } from './random.ts';

/** What a simulated tracker can do, and how it behaves. */
export interface TrackerTraits {
  name: string;
  /** Writes with an old version are refused. */
  compareAndSet: boolean;
  bulk: boolean;
  /** By what a create is found whose answer was lost. */
  identity: 'lookup' | 'client_ids' | 'idempotent' | 'none';
  /** Turns text into a form of its own. */
  lossyBody: boolean;
  /** `Bug` is `bug`: a label is shown as it was first written. */
  foldsLabels: boolean;
  /** Knows open and done only. */
  lossyStatus: boolean;
  customFields: boolean;
  /** Has a place for priorities. */
  priority: boolean;
  /** Takes sets and maps whole, and does not look at what the patch was made from. */
  wholeSets: boolean;
  /** Its connector reads the issue again for the answer to a write. */
  answersLate: boolean;
  /** Lists what was deleted. */
  tellsGone: boolean;
  /** Lists by id, not by time. */
  listsById: boolean;
  granularityMs: number;
  lagMs: number;
  /** Its clock against the world's. */
  skewMs: number;
  pageSize: number;
  refusesToken: boolean;
  /** Fields that its connector writes by a second request once the issue is made. */
  setsLater: IssueField[];
}

const LATER: readonly IssueField[] = ['status', 'body', 'priority', 'labels', 'customFields'];

/** `later` is apart from `random`: what is drawn of it changes nothing else. */
export function someTraits(random: Random, name: string, two: boolean, later: Random): TrackerTraits {
  const compareAndSet = random.chance(0.5);
  const lossyBody = random.chance(0.3);
  const lossyStatus = random.chance(0.3);
  const traits: TrackerTraits = {
    name,
    compareAndSet,
    foldsLabels: random.chance(0.3),
    bulk: random.chance(0.5),
    identity: random.pick(['lookup', 'client_ids', 'idempotent', 'none'] as const),
    lossyBody,
    lossyStatus,
    customFields: two || random.chance(0.8),
    priority: random.chance(0.8),
    wholeSets: !compareAndSet && random.chance(0.3),
    // With compare-and-set the answer is that of the write itself, or its version would say nothing.
    answersLate: random.chance(0.5) && !(compareAndSet && (lossyBody || lossyStatus)),
    tellsGone: random.chance(0.5),
    listsById: random.chance(0.3),
    granularityMs: random.pick([1, 1000]),
    lagMs: random.pick([0, 5000]),
    skewMs: random.pick([0, 3 * 3_600_000, -5 * 3_600_000]),
    pageSize: random.pick([2, 3, 5]),
    refusesToken: random.chance(0.3),
    setsLater: [],
  };
  return { ...traits, setsLater: someLater(traits, later) };
}

function someLater({ compareAndSet, granularityMs }: TrackerTraits, random: Random): IssueField[] {
  if (random.chance(0.5)) return [];
  const picked = LATER.filter((field) => random.chance(field === 'status' ? 0.8 : 0.4));
  if (!compareAndSet) return picked;
  // Nobody can tell an edit within the tick of the create, nor whether somebody emptied what we may not have filled.
  return granularityMs === 1 ? picked.filter((field) => field === 'status') : [];
}

export function capabilitiesOf(traits: TrackerTraits): TrackerCapabilities {
  return {
    supportsWebhooks: false,
    supportsComments: false,
    supportsHierarchy: true,
    supportsDependencies: true,
    supportsCustomFields: traits.customFields,
    supportsMultiAssignee: true,
    supportsSprintsOrCycles: false,
    supportsBulkRead: traits.bulk,
    supportsBulkWrite: traits.bulk,
    supportsDelete: true,
    supportsAssignment: true,
    supportsTerminalTransition: true,
    supportsOptimisticConcurrency: traits.compareAndSet,
    supportsIdempotentCreate: traits.identity === 'idempotent',
    supportsLookupByKey: traits.identity === 'lookup',
    supportsClientIds: traits.identity === 'client_ids',
    ...(traits.foldsLabels ? { foldsCase: ['labels' as const] } : {}),
    ...(traits.setsLater.length > 0 ? { fieldsAfterCreate: traits.setsLater } : {}),
    ordering: traits.listsById ? 'none' : 'oldest_first',
    lagMs: traits.lagMs,
    timeGranularityMs: traits.granularityMs,
    fields: {
      ...(traits.lossyStatus ? { status: 'lossy' as const } : {}),
      ...(traits.lossyBody ? { body: 'lossy' as const } : {}),
      ...(traits.priority ? {} : { priority: 'none' as const }),
    },
    limits: { pageSize: traits.pageSize, batchSize: 4 },
  };
}

/** A text as a lossy tracker keeps it. */
export function image(body: string): string {
  return body
    .split('|')
    .map((part) => (part === '' || part.startsWith('~') ? part : `~${part}`))
    .join('|');
}
