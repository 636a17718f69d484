import { z } from 'zod';
import type { AdfNode } from './adf-check.ts';
import { JiraRefusal } from './refusal.ts';
import type { JiraFields, JiraIssue, JiraState } from './state.ts';

const named = z.strictObject({
  id: z.optional(z.string()),
  key: z.optional(z.string()),
  name: z.optional(z.string()),
  accountId: z.optional(z.nullable(z.string())),
});
const properties = z.optional(
  z.array(z.strictObject({ key: z.string().min(1).max(255), value: z.unknown() })).max(100),
);

/** What a create and an edit hold; what may stand in `fields` depends on the issue type, and is looked at later. */
export const IssueBodySchema = z.strictObject({
  fields: z.optional(z.record(z.string(), z.unknown())),
  update: z.optional(
    z.record(
      z.string(),
      z.array(z.partialRecord(z.enum(['add', 'remove', 'set', 'edit', 'copy']), z.unknown())),
    ),
  ),
  properties,
  transition: z.optional(z.strictObject({ id: z.string() })),
});
export type IssueBody = z.infer<typeof IssueBodySchema>;

const MAX_PROPERTY = 32_768;

const NoParentSchema = z.tuple([z.strictObject({ set: z.strictObject({ none: z.literal(true) }) })]);

function refuse(field: string, message: string): never {
  throw new JiraRefusal(400, { [field]: message });
}

function nameIn(value: unknown, field: string): z.infer<typeof named> {
  const parsed = named.safeParse(value);
  if (parsed.success) return parsed.data;
  return refuse(field, 'data was not an object');
}

/** The fields of a body in the terms of the state. @throws JiraRefusal */
export function fieldsOf(
  { fields = {}, update = {} }: IssueBody,
  state: JiraState,
  issue?: JiraIssue,
): JiraFields {
  const { site } = state;
  const written: JiraFields = {};
  for (const [name, value] of Object.entries(fields)) {
    if (Object.hasOwn(update, name))
      refuse(name, `Field '${name}' cannot appear in both 'fields' and 'update'`);
    switch (name) {
      case 'project':
        if (issue)
          refuse(name, `Field '${name}' cannot be set. It is not on the appropriate screen, or unknown.`);
        written.project =
          site.projects.find((one) => one === nameIn(value, name).key) ??
          refuse(name, 'valid project is required');
        break;
      case 'issuetype': {
        const { id, name: wanted } = nameIn(value, name);
        written.type =
          site.types.find((one) => one.id === id || one.name === wanted)?.id ??
          refuse(name, 'Specify a valid issue type');
        break;
      }
      case 'summary':
        written.summary =
          typeof value === 'string' ? value.trim() : refuse(name, 'Operation value must be a string');
        break;
      case 'description':
        written.description = value as AdfNode | null;
        break;
      case 'labels': {
        const labels = z.array(z.string()).safeParse(value);
        written.labels = labels.success ? [...new Set(labels.data)] : refuse(name, 'data was not an array');
        break;
      }
      case 'priority': {
        if (value === null) refuse(name, 'Priority is required.');
        const { id, name: wanted } = nameIn(value, name);
        written.priority = id ?? String(site.priorities.indexOf(wanted ?? '') + 1);
        break;
      }
      case 'assignee':
        written.assignee = value === null ? null : (nameIn(value, name).accountId ?? null);
        break;
      case 'parent': {
        // It is taken away by an update alone, as the vendor's page says.
        const { id, key } = nameIn(value, name);
        const wanted = id ?? key;
        written.parent = wanted === undefined ? null : (state.find(wanted)?.id ?? wanted);
        break;
      }
      default: {
        const field = site.customFields.find(({ id }) => id === name);
        if (!field)
          refuse(name, `Field '${name}' cannot be set. It is not on the appropriate screen, or unknown.`);
        if (
          field?.kind === 'textfield' &&
          value !== null &&
          (typeof value !== 'string' || value.length > 255)
        )
          refuse(name, 'Operation value must be a string');
        written.custom = { ...written.custom, [name]: value };
      }
    }
  }
  for (const [name, operations] of Object.entries(update)) {
    if (name === 'parent' && NoParentSchema.safeParse(operations).success) {
      written.parent = null;
      continue;
    }
    if (name !== 'labels') refuse(name, 'this emulator updates labels, and takes parents away, alone');
    const labels = new Set(issue?.labels ?? []);
    for (const operation of operations)
      for (const [verb, label] of Object.entries(operation)) {
        if (typeof label !== 'string') refuse(name, 'data was not a string');
        else if (verb === 'add') labels.add(label);
        else if (verb === 'remove') labels.delete(label);
        else refuse(name, `'${verb}' is none of add and remove`);
      }
    written.labels = [...labels];
  }
  return written;
}

/** The properties of a body by their keys. */
export function propertiesOf({ properties: given = [] }: IssueBody): Record<string, unknown> {
  for (const { key, value } of given)
    if (JSON.stringify(value ?? null).length > MAX_PROPERTY)
      throw new JiraRefusal(413, `The property value for '${key}' is too long.`);
  return Object.fromEntries(given.map(({ key, value }) => [key, value]));
}
