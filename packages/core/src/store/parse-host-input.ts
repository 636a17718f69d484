import { z } from 'zod';
import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { IssuePayloadContractError } from '../errors/contract-errors.ts';
import { describeZodError, safeParse } from '../errors/from-zod.ts';
import { type ExternalRef, ExternalRefSchema } from '../model/external-ref.ts';
import { JsonValueSchema } from '../model/json.ts';
import type { Person } from './records.ts';
import type { BindingPlace, ConflictChoice } from './sync-store.ts';

const name = z.string().max(2048).regex(/\S/, 'expected text that is not blank');

const PlaceSchema: z.ZodType<BindingPlace> = z.object({
  system: name,
  workspace: name,
  scope: z.exactOptional(z.string().max(2048)),
});

const PeopleSchema: z.ZodType<{ people: Person[] }> = z.object({
  people: z
    .array(z.object({ id: name, ids: z.record(z.string().regex(/^[^:]+:[^:]+$/), name) }))
    .max(100_000),
});

/** @throws ConnectorConfigError */
export function parsePlace(input: unknown): BindingPlace {
  const parsed = safeParse(PlaceSchema, input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new ConnectorConfigError(`not a place for issues: ${message}`, { fieldPath });
}

/** @throws IssuePayloadContractError */
export function parseRef(input: unknown): ExternalRef {
  const parsed = safeParse(ExternalRefSchema, input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new IssuePayloadContractError(`not a ref of an issue: ${message}`, { kind: 'ref', fieldPath });
}

/** What a host gives as fields of an issue, each read once; nothing is said of their values. @throws IssuePayloadContractError */
export function parseFields(input: unknown): Record<string, unknown> {
  const parsed = safeParse(z.looseObject({}), input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new IssuePayloadContractError(`not the fields of an issue: ${message}`, { fieldPath });
}

const ChoiceSchema = z.object({ value: JsonValueSchema });

/** @throws IssuePayloadContractError */
export function parseChoice(input: unknown): ConflictChoice {
  if (input === 'local' || input === 'external') return input;
  const parsed = safeParse(ChoiceSchema, input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new IssuePayloadContractError(`not a choice (local, external, or a value): ${message}`, {
    kind: 'choice',
    fieldPath,
  });
}

/** @throws ConnectorConfigError, also where one id stands for two people */
export function parsePeople(input: unknown): Person[] {
  const parsed = safeParse(PeopleSchema, { people: input });
  if (!parsed.success) {
    const { fieldPath, message } = describeZodError(parsed.error);
    throw new ConnectorConfigError(`not a table of people: ${message}`, { fieldPath });
  }
  const { people } = parsed.data;
  const seen = new Map<string, string>();
  for (const [index, person] of people.entries()) {
    for (const [place, id] of Object.entries(person.ids)) {
      const other = seen.get(`${place} ${id}`);
      if (other !== undefined) {
        throw new ConnectorConfigError(`${place} ${id} stands for two people, ${other} and ${person.id}`, {
          fieldPath: `people[${index}].ids`,
        });
      }
      seen.set(`${place} ${id}`, person.id);
    }
  }
  return people;
}
