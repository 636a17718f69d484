import { z } from 'zod';
import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { describeZodError, safeParse } from '../errors/from-zod.ts';
import { CONFLICT_STRATEGIES, type StrategyOption } from '../merge/strategy.ts';
import { CanonicalStatusSchema } from '../model/issue.ts';
import { isJsonValue, isPlainObject } from '../model/json.ts';
import type { SyncEngineOptions } from './options.ts';

const text = z.string();
const EnrolSchema = z.strictObject({
  system: z.exactOptional(text),
  workspace: z.exactOptional(text),
  status: z.exactOptional(z.union([CanonicalStatusSchema, z.array(CanonicalStatusSchema)])),
  labels: z.exactOptional(z.array(text)),
  text: z.exactOptional(text),
  pending: z.exactOptional(z.boolean()),
  deleted: z.exactOptional(z.boolean()),
  limit: z.exactOptional(z.int().min(1)),
});

function requireEnrol(enrol: unknown): void {
  const parsed = safeParse(EnrolSchema, enrol);
  if (parsed.success) return;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new ConnectorConfigError(`enrol is no query of issues: ${message}`, {
    fieldPath: fieldPath === '' ? 'enrol' : `enrol.${fieldPath}`,
  });
}

function refuse(name: string, expected: string): never {
  throw new ConnectorConfigError(`${name} must be ${expected}`, { fieldPath: name });
}

/** The engine's options as a host without types may give them. @throws ConnectorConfigError naming the option */
export function requireOptions(options: SyncEngineOptions): void {
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
