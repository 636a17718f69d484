import fc from 'fast-check';
import type {
  ConflictResolver,
  ExternalRef,
  FieldOwner,
  FieldSupport,
  IssueField,
  MergeText,
  StrategyOption,
} from '../../../src/index.ts';
import { CONFLICT_STRATEGIES, CORE_ISSUE_FIELDS, OwnershipPolicy } from '../../../src/index.ts';
import type { Value } from '../../../src/merge/merge-value.ts';
import type { Folding } from '../../../src/model/equality.ts';
import { customPath, type FieldPath, PLAIN_FIELDS } from '../../../src/model/snapshot.ts';
import type { SyncContext } from '../../../src/sync/agreement.ts';
import { type KnownRefs, Translator } from '../../../src/sync/translator.ts';
import { CAPABILITIES } from '../../engine/support/strict-tracker.ts';

// The same cases every time; FC_SEED plays others.
const seed = { seed: Number(process.env.FC_SEED ?? 1) };
export const RUNS: { numRuns: number; seed?: number } = { numRuns: 150, ...seed };

export interface Place {
  system: string;
  workspace: string;
}

export const TRACKER: Place = { system: 'tracker', workspace: 'w' };
/** Where the records of half of the cases come from: their people and refs have other names there. */
export const ELSEWHERE: Place = { system: 'elsewhere', workspace: 'w' };
export const TARGET = 'tracker:w:';
export const ISSUE: ExternalRef = { ...TRACKER, id: 'i0' };
export const FIRST_REF: ExternalRef = { ...ELSEWHERE, id: 'e0' };
export const NOW = '2026-03-01T12:00:00.000Z';
export const TIMES: readonly string[] = [
  '2026-03-01T08:00:00.000Z',
  '2026-03-01T10:00:00.000Z',
  '2026-03-01T11:00:00.000Z',
];
export const KEYS: readonly string[] = ['x', 'y', 'z'];
export const PATHS: readonly FieldPath[] = [...PLAIN_FIELDS, ...KEYS.map(customPath)];

/** What a host's own function decides, and what a merged text looks like: no side holds either. */
export const CHOSEN = 'chosen by the host';
const MERGED = /^merged:/;
export const isInvented = (value: Value): boolean =>
  value === CHOSEN || (typeof value === 'string' && MERGED.test(value));
const mergeText: MergeText = (base, local, external) =>
  local.length + external.length > 12 ? undefined : `merged:${base}/${local}/${external}`;

/** Everything configured, as plain data. */
export interface Setting {
  owners: Record<string, FieldOwner>;
  strategy: StrategyOption;
  support: Partial<Record<IssueField, FieldSupport>>;
  folds: boolean;
  limited: boolean;
  /** Whether the record's first ref is the tracker's own, so that both speak of people and issues alike. */
  home: boolean;
}

function translatorOf({ home }: Setting): Translator {
  const known = new Map<string, KnownRefs>();
  if (!home) {
    for (const id of ['1', '2']) {
      const refs = [
        { ...ELSEWHERE, id },
        { ...TRACKER, id },
      ];
      for (const { system } of refs) known.set(`${system}:w:${id}`, { refs, deleted: false });
    }
    known.set('elsewhere:w:3', { refs: [{ ...ELSEWHERE, id: '3' }], deleted: false });
  }
  const people = ['1', '2'].map((id) => ({ id, ids: { 'elsewhere:w': `e${id}`, 'tracker:w': `t${id}` } }));
  return new Translator({ ...TRACKER, scope: '' }, known, people);
}

const contexts = new WeakMap<Setting, Omit<SyncContext, 'ids'>>();

/** A new context each time: it counts ids. */
export function contextOf(setting: Setting): SyncContext {
  const context = contexts.get(setting) ?? newContext(setting);
  contexts.set(setting, context);
  let ids = 0;
  return { ...context, ids: () => `id${++ids}` };
}

function newContext(setting: Setting): Omit<SyncContext, 'ids'> {
  const { owners, strategy, support, folds, limited } = setting;
  return {
    bindingId: 'binding',
    target: TARGET,
    policy: OwnershipPolicy.fromJSON({ mode: 'split_ownership', fieldOwners: owners }),
    strategy,
    mergeText,
    capabilities: {
      ...CAPABILITIES,
      fields: support,
      ...(folds ? { foldsCase: ['labels', 'assignees'] } : {}),
      ...(limited ? { limits: { titleLength: 5, bodyLength: 5, labelLength: 4 } } : {}),
    },
    mapping: '',
    configuration: 'configuration',
    translator: translatorOf(setting),
    now: NOW,
  };
}

/** How elements are matched, written apart from the code under test. */
export const foldingFor = (setting: Setting): Folding => ({
  labels: setting.folds,
  assignees: setting.folds,
  identityOf: contextOf(setting).translator.identityOf,
});

const owner = fc.constantFrom<FieldOwner>('shared', 'shared', 'external', 'local');
const strategy: fc.Arbitrary<StrategyOption> = fc.oneof(
  fc.constantFrom(...CONFLICT_STRATEGIES),
  fc.record(
    {
      default: fc.constantFrom(...CONFLICT_STRATEGIES),
      fields: fc.dictionary(fc.constantFrom(...PATHS), fc.constantFrom(...CONFLICT_STRATEGIES)),
      fallback: fc.constantFrom('external_wins', 'local_wins', 'newer_timestamp', 'manual_review'),
    },
    { requiredKeys: ['default'] },
  ),
  fc
    .constantFrom<ReturnType<ConflictResolver>>('local', 'external', 'open', { value: CHOSEN })
    .map((choice): StrategyOption => {
      // Only text takes any text.
      return ({ field }) =>
        ['title', 'body'].includes(field) || typeof choice === 'string' ? choice : 'open';
    }),
);
export const settings: fc.Arbitrary<Setting> = fc.record({
  owners: fc.dictionary(fc.constantFrom(...CORE_ISSUE_FIELDS, ...PATHS), owner),
  strategy,
  support: fc.dictionary(
    fc.constantFrom(...CORE_ISSUE_FIELDS.filter((field) => field !== 'title')),
    fc.constantFrom<FieldSupport>('full', 'lossy', 'none'),
    { maxKeys: 4 },
  ),
  folds: fc.boolean(),
  limited: fc.boolean(),
  home: fc.boolean(),
});
