import * as z from 'zod';
import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { parseOrThrow } from '../errors/from-zod.ts';
import { CORE_ISSUE_FIELDS, type IssueField } from '../model/issue.ts';

/** The kind of a policy: the tracker owns all, each field has its owner, or the local side owns all. */
export type OwnershipMode = 'external_authoritative' | 'split_ownership' | 'spec_kitty_authoritative';
/** Who may own a field: the tracker, the local side, or both. */
export const FIELD_OWNERS = ['external', 'local', 'shared'] as const;
/** One of {@link FIELD_OWNERS}. */
export type FieldOwner = (typeof FIELD_OWNERS)[number];
/** A core field, or one custom key. */
export type PolicyField = IssueField | `customFields.${string}`;

/** A policy as data, for config files and stores. */
export interface OwnershipPolicyJson {
  mode: OwnershipMode;
  fieldOwners?: Record<string, FieldOwner>;
  defaultOwner?: FieldOwner;
}

const owner = z.enum(FIELD_OWNERS);
const fieldName = z
  .string()
  .refine(
    (name) => (CORE_ISSUE_FIELDS as readonly string[]).includes(name) || /^customFields\../.test(name),
    `expected customFields.<key> or one of ${CORE_ISSUE_FIELDS.join(', ')}`,
  );

/** Strict: a policy that names an unknown field protects nothing. */
export const OwnershipPolicySchema: z.ZodType<OwnershipPolicyJson> = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.enum(['external_authoritative', 'spec_kitty_authoritative']) }),
  z.strictObject({
    mode: z.literal('split_ownership'),
    fieldOwners: z.exactOptional(z.record(fieldName, owner)),
    defaultOwner: z.exactOptional(owner),
  }),
]);

/** Who may write which field. A custom key looks for its own rule, then that of `customFields`, then the default. */
export class OwnershipPolicy {
  readonly mode: OwnershipMode;
  readonly #owners: ReadonlyMap<string, FieldOwner>;
  readonly #defaultOwner: FieldOwner;

  private constructor(
    mode: OwnershipMode,
    owners: ReadonlyMap<string, FieldOwner>,
    defaultOwner: FieldOwner,
  ) {
    this.mode = mode;
    this.#owners = owners;
    this.#defaultOwner = defaultOwner;
  }

  /** The tracker owns every field: local edits are put back. */
  static externalAuthoritative(): OwnershipPolicy {
    return new OwnershipPolicy('external_authoritative', new Map(), 'external');
  }

  /** The local side owns every field: remote edits are overwritten. */
  static localAuthoritative(): OwnershipPolicy {
    return new OwnershipPolicy('spec_kitty_authoritative', new Map(), 'local');
  }

  /** Field by field; what is not named has `defaultOwner`, which is `shared` unless given. */
  static split(options: {
    fieldOwners: Partial<Record<PolicyField, FieldOwner>>;
    defaultOwner?: FieldOwner;
  }): OwnershipPolicy {
    return OwnershipPolicy.fromJSON({ mode: 'split_ownership', ...options });
  }

  /** Who owns the field, by the most particular rule that there is. */
  ownerFor(field: PolicyField): FieldOwner {
    const own = this.#owners.get(field);
    if (own) return own;
    const whole = field.startsWith('customFields.') ? this.#owners.get('customFields') : undefined;
    return whole ?? this.#defaultOwner;
  }

  /** Whether an edit here may go out to the tracker. */
  localCanWrite(field: PolicyField): boolean {
    return this.ownerFor(field) !== 'external';
  }

  /** Whether an edit at the tracker may come in. */
  externalCanWrite(field: PolicyField): boolean {
    return this.ownerFor(field) !== 'local';
  }

  /** As plain data, which {@link OwnershipPolicy.fromJSON} reads again. */
  toJSON(): OwnershipPolicyJson {
    if (this.mode !== 'split_ownership') return { mode: this.mode };
    return {
      mode: this.mode,
      fieldOwners: Object.fromEntries(this.#owners),
      defaultOwner: this.#defaultOwner,
    };
  }

  /** @throws ConnectorConfigError naming the field or option at fault. */
  static fromJSON(json: unknown): OwnershipPolicy {
    const { mode, fieldOwners, defaultOwner } = parseOrThrow(
      OwnershipPolicySchema,
      json,
      (message, fieldPath) => new ConnectorConfigError(`not an ownership policy: ${message}`, { fieldPath }),
    );
    if (mode === 'external_authoritative') return OwnershipPolicy.externalAuthoritative();
    if (mode === 'spec_kitty_authoritative') return OwnershipPolicy.localAuthoritative();
    return new OwnershipPolicy(mode, new Map(Object.entries(fieldOwners ?? {})), defaultOwner ?? 'shared');
  }

  /** Every field that the policy names. */
  get namedFields(): PolicyField[] {
    return [...this.#owners.keys()] as PolicyField[];
  }
}

/** The first field that two of these policies give to their own tracker, if any: one record cannot obey both. */
export function contestedField(policies: readonly OwnershipPolicy[]): PolicyField | undefined {
  const fields = new Set<PolicyField>([
    ...CORE_ISSUE_FIELDS,
    ...policies.flatMap((policy) => policy.namedFields),
  ]);
  for (const field of fields) {
    if (policies.filter((policy) => policy.ownerFor(field) === 'external').length > 1) return field;
  }
  return undefined;
}
