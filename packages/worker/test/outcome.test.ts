import {
  ConnectorConfigError,
  ConnectorRequestError,
  SpecKittyTrackerError,
  SyncBusyError,
  type SyncFailure,
  SyncGuardError,
  type SyncResult,
} from '@spec-kitty/tracker-core';
import { describe, expect, it } from 'vitest';
import { outcomeOf, outcomeOfError } from '../src/index.ts';

const REF = { system: 'memory', workspace: 'web', id: '1' };

function resultOf(...failures: Partial<SyncFailure>[]): SyncResult {
  return {
    stats: {} as SyncResult['stats'],
    conflicts: [],
    openConflicts: 0,
    overrides: [],
    skipped: [],
    checkpoint: {},
    failures: failures.map((failure) => ({
      issueRef: null,
      operation: 'pull_page',
      failureClass: null,
      code: 'connector_request',
      message: 'said no',
      retryable: false,
      ...failure,
    })),
  };
}

describe('a result', () => {
  it.each<[string, Partial<SyncFailure>[], object]>([
    ['without failures is done', [], { kind: 'done' }],
    [
      'with failures of single issues is done',
      [{ issueRef: REF, failureClass: 'validation' }],
      { kind: 'done' },
    ],
    ['of a run that ran out of time goes on', [{ code: 'time_budget' }], { kind: 'more' }],
    ['of a run that was stopped goes on', [{ code: 'aborted' }, { issueRef: REF }], { kind: 'more' }],
    ['of a run that lost its lease is busy', [{ code: 'sync_busy' }], { kind: 'busy' }],
    [
      'of a run that stopped has failed, for the gravest reason',
      [{ failureClass: 'transient' }, { failureClass: 'authentication' }],
      { kind: 'failed', failure: { failureClass: 'authentication' } },
    ],
    [
      'over a store that could not be reached has failed for now',
      [{ code: 'store_io', retryable: true }],
      { kind: 'failed', failure: { failureClass: 'transient', code: 'store_io' } },
    ],
    [
      'that failed for what nobody knows has no class',
      [{ code: 'unexpected' }],
      { kind: 'failed', failure: { failureClass: null } },
    ],
  ])('%s', (_, failures, outcome) => {
    expect(outcomeOf(resultOf(...failures))).toMatchObject(outcome);
  });
});

describe('an error', () => {
  const request = { provider: 'memory', failureClass: 'rate_limit', retryAfterMs: 5000 } as const;
  class StoreAway extends SpecKittyTrackerError {
    readonly retryable: boolean;
    constructor(retryable: boolean) {
      super('the server is away', {}, 'store_io');
      this.retryable = retryable;
    }
  }

  it.each<[string, unknown, object]>([
    ['that another run holds the lease is busy', new SyncBusyError('busy'), { kind: 'busy' }],
    [
      'of a request has its class and its time',
      new ConnectorRequestError('wait', request),
      { failure: { code: 'connector_request', failureClass: 'rate_limit', retryAfterMs: 5000 } },
    ],
    [
      'of a setting lasts',
      new ConnectorConfigError('bad'),
      { failure: { code: 'connector_config', lasting: true } },
    ],
    [
      'of a guard lasts',
      new SyncGuardError('too many', { counts: { creates: 9, updates: 0, deletes: 0 } }),
      { failure: { code: 'sync_guard', lasting: true } },
    ],
    ['of a store that is away passes', new StoreAway(true), { failure: { failureClass: 'transient' } }],
    [
      'of a commit that nobody answered passes',
      Object.assign(new StoreAway(false), { outcomeUnknown: true }),
      { failure: { failureClass: 'transient' } },
    ],
    ['of a store that is damaged lasts', new StoreAway(false), { failure: { lasting: true } }],
    [
      'that nobody foresaw has no class',
      new RangeError('a bug'),
      { failure: { code: 'unexpected', failureClass: null } },
    ],
    ['that is none has no class', 'a bug', { failure: { code: 'unexpected', message: 'a bug' } }],
  ])('%s', (_, error, outcome) => {
    expect(outcomeOfError(error)).toMatchObject(outcome);
  });

  it('is told in bounded words', () => {
    const outcome = outcomeOfError(new ConnectorConfigError('x'.repeat(100_000)));
    expect(outcome.kind === 'failed' && outcome.failure.message.length).toBe(1000);
  });
});
