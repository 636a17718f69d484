import {
  CANONICAL_STATUSES,
  CORE_ISSUE_FIELDS,
  type ConflictStrategy,
  type DeletionMode,
  type GuardLimits,
  type IssueFilters,
  type IssueQuery,
  type JsonObject,
  JsonObjectSchema,
  JsonValueSchema,
  type OwnershipPolicyJson,
  OwnershipPolicySchema,
  type Person,
} from '@spec-kitty/tracker-core';
import { z } from 'zod';

export const CONFIG_FILE = 'spec-kitty-tracker.json';

/** How conflicts are settled; `merge` is for hosts that bring a function which merges text. */
export type ConfiguredStrategy = Exclude<ConflictStrategy, 'merge'>;

export interface StrategyConfig {
  default: ConfiguredStrategy;
  fields?: Record<string, ConfiguredStrategy>;
}

export interface BindingConfig {
  connector: string;
  options: JsonObject;
  policy: OwnershipPolicyJson;
  strategy?:
    | ConfiguredStrategy
    | { default: ConfiguredStrategy; fields?: Record<string, ConfiguredStrategy> };
  filters?: IssueFilters;
  limits?: GuardLimits;
  enrol?: IssueQuery;
  deletions?: DeletionMode;
  /** How often a worker syncs it; the worker's own where absent. */
  everySeconds?: number;
}

/** For `worker start`. */
export interface WorkerConfig {
  /** Default 300. */
  everySeconds?: number;
  /** Runs at once in one process. Default 4. */
  concurrency?: number;
}

/** A schema of a PostgreSQL database, and whose data in it. */
export interface PostgresConfig {
  /** `${env:NAME}`. */
  connectionString: string;
  schema?: string;
  tenant?: string;
}

/** One of the two. */
export interface StoreConfig {
  path?: string;
  postgres?: PostgresConfig;
}

export interface Config {
  $schema?: string;
  store: StoreConfig;
  bindings: Record<string, BindingConfig>;
  people?: Person[];
  worker?: WorkerConfig;
}

const notBlank = z.string().max(4096).regex(/\S/, 'expected text that is not blank');
const status = z.enum(CANONICAL_STATUSES);
const label = z.string().min(1).max(1024);
const count = z.int().min(0);

const everySeconds = z.int().min(1).max(604_800).describe('How often a worker syncs it, in seconds');

const fieldName = z
  .string()
  .refine(
    (name) => (CORE_ISSUE_FIELDS as readonly string[]).includes(name) || /^customFields\../.test(name),
    `expected customFields.<key> or one of ${CORE_ISSUE_FIELDS.join(', ')}`,
  );

/** A word that stands for an object with one key. Not a union, whose errors would name neither field nor reason. */
function orWord<T>(key: string, schema: z.ZodType<T>): z.ZodType<T> {
  return z.preprocess((value) => (typeof value === 'string' ? { [key]: value } : value), schema);
}

const POLICY_WORDS = ['external_authoritative', 'spec_kitty_authoritative'] as const;
const policy: z.ZodType<OwnershipPolicyJson> = orWord('mode', OwnershipPolicySchema);

const STRATEGIES = ['external_wins', 'local_wins', 'newer_timestamp', 'manual_review'] as const;
const strategyName = z.enum(STRATEGIES);
const strategy: z.ZodType<StrategyConfig> = orWord(
  'default',
  z.strictObject({ default: strategyName, fields: z.exactOptional(z.record(fieldName, strategyName)) }),
);

/** The words, for the JSON Schema: it sees the objects alone. */
const WORDS = new Map<z.core.$ZodType, readonly string[]>([
  [policy, POLICY_WORDS],
  [strategy, STRATEGIES],
]);

const filters: z.ZodType<IssueFilters> = z
  .object({
    queryKey: z.exactOptional(z.string().min(1)),
    queryText: z.exactOptional(z.string().min(1)),
    status: z.exactOptional(z.array(status)),
    assignee: z.exactOptional(z.string().min(1)),
    labels: z.exactOptional(z.array(label)),
  })
  // A connector may document filters of its own, and refuses by name what it does not know.
  .catchall(JsonValueSchema)
  .describe('Only issues that meet all of these are listed');

const enrol: z.ZodType<IssueQuery> = z
  .strictObject({
    system: z.exactOptional(notBlank),
    workspace: z.exactOptional(notBlank),
    status: z.exactOptional(z.union([status, z.array(status)])),
    labels: z.exactOptional(z.array(label)),
    text: z.exactOptional(z.string().min(1)),
  })
  .describe(
    'Issues of the store that meet this are created at the tracker, also when they came from another one',
  );

const BindingSchema: z.ZodType<BindingConfig> = z.strictObject({
  connector: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'expected the id of a connector, such as github')
    .describe('The id of an installed connector'),
  options: z._default(JsonObjectSchema, () => ({})).describe("The connector's own options"),
  policy: z
    ._default(policy, () => ({ mode: 'split_ownership' as const }))
    .describe('Who may write which field'),
  strategy: z.exactOptional(strategy).describe('How a shared field that both sides changed is settled'),
  filters: z.exactOptional(filters),
  limits: z
    .exactOptional(
      z.strictObject({
        maxCreates: z.exactOptional(count),
        maxUpdates: z.exactOptional(count),
        maxDeletes: z.exactOptional(count),
      }),
    )
    .describe('The most remote writes that one run may make, by kind'),
  enrol: z.exactOptional(enrol),
  deletions: z
    .exactOptional(z.enum(['ignore', 'close', 'delete']))
    .describe('What a deletion in the store does to the tracker'),
  everySeconds: z.exactOptional(everySeconds),
});

const PersonSchema: z.ZodType<Person> = z.strictObject({
  id: notBlank,
  ids: z
    .record(z.string().regex(/^[^:]+:[^:]+$/, 'expected system:workspace'), notBlank)
    .describe("The person's id at each tracker, by system:workspace"),
});

const StoreSchema: z.ZodType<StoreConfig> = z
  .strictObject({
    path: z.exactOptional(notBlank).describe('The SQLite file, from the folder of this file'),
    postgres: z
      .exactOptional(
        z.strictObject({
          connectionString: notBlank.describe(`The environment variable that holds it, as \${env:NAME}`),
          schema: z
            .exactOptional(notBlank)
            .describe('Made where it is not there; spec_kitty_tracker by default'),
          tenant: z.exactOptional(notBlank).describe('Whose data; default by default'),
        }),
      )
      .describe('A PostgreSQL database, in place of a file'),
  })
  // Not a union, whose errors would name neither field nor reason.
  .superRefine(({ path, postgres }, context) => {
    if ((path === undefined) === (postgres === undefined)) {
      const message =
        path === undefined ? 'expected a file, or postgres beside it' : 'expected path or postgres, not both';
      context.addIssue({ code: 'custom', path: [path === undefined ? 'path' : 'postgres'], message });
    }
  });

/** Settings of which there is one, for the JSON Schema, which does not see what refines an object. */
const EITHER = new Map<z.core.$ZodType, readonly string[]>([[StoreSchema, ['path', 'postgres']]]);

/** Strict: a misspelt setting is an error, not a setting that is silently missing. */
export const ConfigSchema: z.ZodType<Config> = z.strictObject({
  $schema: z.exactOptional(z.string()),
  store: StoreSchema,
  bindings: z
    .record(
      z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'expected a name of letters, digits, ".", "-" and "_"'),
      BindingSchema,
    )
    .refine((bindings) => Object.keys(bindings).length > 0, 'expected at least one binding'),
  people: z.exactOptional(z.array(PersonSchema).max(100_000)),
  worker: z.exactOptional(
    z.strictObject({
      everySeconds: z.exactOptional(everySeconds),
      concurrency: z.exactOptional(z.int().min(1).max(100).describe('Runs at once in one process')),
    }),
  ),
});

/** For editors. */
export function configJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(ConfigSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const either = EITHER.get(zodSchema);
      if (either) jsonSchema.oneOf = either.map((key) => ({ required: [key] }));
      const words = WORDS.get(zodSchema);
      if (!words) return;
      const object = { ...jsonSchema };
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      jsonSchema.anyOf = [{ type: 'string', enum: [...words] }, object];
    },
  });
  return JsonObjectSchema.parse({ ...schema, title: CONFIG_FILE });
}
