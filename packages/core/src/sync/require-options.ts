import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { isTrackerError } from '../errors/tracker-error.ts';
import { CONFLICT_STRATEGIES, type StrategyOption } from '../merge/strategy.ts';
import { CANONICAL_STATUSES } from '../model/issue.ts';
import { isJsonValue, isPlainObject } from '../model/json.ts';
import type { SyncEngineOptions } from './options.ts';

function refuse(name: string, expected: string): never {
  throw new ConnectorConfigError(`${name} must be ${expected}`, { fieldPath: name });
}

/** The engine's options as a host without types may give them. @throws ConnectorConfigError naming the option */
export function requireOptions(options: SyncEngineOptions): void {
  try {
    requireAll(options);
  } catch (error) {
    if (isTrackerError(error)) throw error;
    throw new ConnectorConfigError('the options of the engine cannot be read', { cause: error });
  }
}

function requireAll(options: SyncEngineOptions): void {
  for (const name of ['connector', 'store', 'policy'] as const) {
    if (!options?.[name]) throw new ConnectorConfigError(`SyncEngine needs ${name}`, { fieldPath: name });
  }
  const { policy, strategy, deletions, filters, bindingId } = options;
  if (typeof policy.toJSON !== 'function') refuse('policy', 'an OwnershipPolicy');
  if (strategy !== undefined) requireStrategy(strategy);
  if (deletions !== undefined && !['ignore', 'close', 'delete'].includes(deletions)) {
    refuse('deletions', 'ignore, close or delete');
  }
  if (filters !== undefined && !(isPlainObject(filters) && isJsonValue(filters))) {
    refuse('filters', 'an object of JSON data');
  }
  if (
    bindingId !== undefined &&
    (typeof bindingId !== 'string' || bindingId === '' || bindingId.length > 2048)
  ) {
    refuse('bindingId', 'text that is not empty, of at most 2048 characters');
  }
  if (options.enrol !== undefined) requireEnrol(options.enrol);
  requireNumbers(options);
}

function requireEnrol(enrol: unknown): void {
  if (!isPlainObject(enrol)) refuse('enrol', 'a query of issues');
  const { status = [], labels = [], ...rest } = enrol;
  const isList = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
    Array.isArray(value) && value.every(isItem);
  const isStatus = (item: unknown): boolean => (CANONICAL_STATUSES as readonly unknown[]).includes(item);
  if (!isStatus(status) && !isList(status, isStatus)) refuse('enrol.status', 'a status or a list of them');
  if (!isList(labels, isText)) refuse('enrol.labels', 'a list of labels');
  for (const name of ['system', 'workspace', 'text']) {
    if (rest[name] !== undefined && !isText(rest[name])) refuse(`enrol.${name}`, 'text');
  }
}

const isText = (value: unknown): boolean => typeof value === 'string';

function requireStrategy(option: StrategyOption): void {
  if (typeof option === 'function') return;
  const whole = typeof option === 'string' ? { default: option } : option;
  const named: [string, unknown][] = Object.entries(whole.fields ?? {}).map(([field, name]) => [
    `strategy.fields.${field}`,
    name,
  ]);
  const at = typeof option === 'string' ? 'strategy' : 'strategy.default';
  for (const [path, name] of [[at, whole.default] as const, ...named]) {
    if (!(CONFLICT_STRATEGIES as readonly unknown[]).includes(name)) {
      refuse(path, `one of ${CONFLICT_STRATEGIES.join(', ')}`);
    }
  }
}

function requireNumbers(options: SyncEngineOptions): void {
  const bounds: [string, number | undefined, number, number][] = [
    ['pageSize', options.pageSize, 1, 10_000],
    ['concurrency', options.concurrency, 1, 64],
    ['overlapMs', options.overlapMs, 0, 30 * 86_400_000],
    ['retry.maxAttempts', options.retry?.maxAttempts, 1, 100],
    ['leaseMs', options.leaseMs, 1000, 86_400_000],
    ['requestTimeoutMs', options.requestTimeoutMs, 0, 86_400_000],
    ['limits.maxCreates', options.limits?.maxCreates, 0, Number.MAX_SAFE_INTEGER],
    ['limits.maxUpdates', options.limits?.maxUpdates, 0, Number.MAX_SAFE_INTEGER],
    ['limits.maxDeletes', options.limits?.maxDeletes, 0, Number.MAX_SAFE_INTEGER],
  ];
  for (const [name, value, least, most] of bounds) {
    if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) continue;
    refuse(name, `a whole number from ${least} to ${most}`);
  }
}
