import * as z from 'zod';
import { ConnectorConfigError } from '../errors/connector-config-error.ts';
import { IssuePayloadContractError } from '../errors/contract-errors.ts';
import { parseOrThrow } from '../errors/from-zod.ts';
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
  return parseOrThrow(
    PlaceSchema,
    input,
    (message, fieldPath) => new ConnectorConfigError(`not a place for issues: ${message}`, { fieldPath }),
  );
}

/** @throws IssuePayloadContractError */
export function parseRef(input: unknown): ExternalRef {
  return parseOrThrow(
    ExternalRefSchema,
    input,
    (message, fieldPath) =>
      new IssuePayloadContractError(`not a ref of an issue: ${message}`, { kind: 'ref', fieldPath }),
  );
}

/** What a host gives as fields of an issue, each read once; nothing is said of their values. @throws IssuePayloadContractError */
export function parseFields(input: unknown): Record<string, unknown> {
  return parseOrThrow(
    z.looseObject({}),
    input,
    (message, fieldPath) =>
      new IssuePayloadContractError(`not the fields of an issue: ${message}`, { fieldPath }),
  );
}

const ChoiceSchema = z.object({ value: JsonValueSchema });

/** @throws IssuePayloadContractError */
export function parseChoice(input: unknown): ConflictChoice {
  if (input === 'local' || input === 'external') return input;
  return parseOrThrow(ChoiceSchema, input, (message, fieldPath) => {
    const details = { kind: 'choice', fieldPath };
    return new IssuePayloadContractError(`not a choice (local, external, or a value): ${message}`, details);
  });
}

/** @throws ConnectorConfigError, also where one id stands for two people */
export function parsePeople(input: unknown): Person[] {
  const { people } = parseOrThrow(
    PeopleSchema,
    { people: input },
    (message, fieldPath) => new ConnectorConfigError(`not a table of people: ${message}`, { fieldPath }),
  );
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
