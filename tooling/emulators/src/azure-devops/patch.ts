import { z } from 'zod';
import { AzureRefusal, ruleError } from './refusal.ts';
import type { AzureRelation } from './relations.ts';
import type { AzureDevOpsState, AzureFields, AzureItem } from './state.ts';

/** https://learn.microsoft.com/en-us/rest/api/azure/devops/wit/work-items/update */
export const JsonPatchSchema = z.array(
  z.strictObject({
    op: z.enum(['add', 'replace', 'remove', 'test']),
    path: z.string(),
    from: z.optional(z.null()),
    value: z.optional(z.unknown()),
  }),
);
type Operation = z.infer<typeof JsonPatchSchema>[number];

const RelationSchema = z.strictObject({
  rel: z.string(),
  url: z.string(),
  attributes: z.optional(z.looseObject({})),
});

function invalid(path: string): AzureRefusal {
  return new AzureRefusal(
    400,
    'VssPropertyValidationException',
    `VS403438: You must pass a valid patch document in the body of the request: ${path}.`,
  );
}

function text(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw invalid(path);
}

/** What a patch makes of an item; `item` is none where it makes one. @throws AzureRefusal */
export function patched(
  state: AzureDevOpsState,
  item: AzureItem | undefined,
  operations: readonly Operation[],
): AzureFields {
  const fields: AzureFields = {};
  let relations: (AzureRelation | undefined)[] | undefined;
  for (const { op, path, value } of operations) {
    if (op === 'test') {
      if (path !== '/rev') throw invalid(path);
      if (!item || value !== item.rev)
        throw new AzureRefusal(
          412,
          'TestPatchOperationFailedException',
          'VS403351: Test Operation for path /rev failed.',
        );
      continue;
    }
    const isRemove = op === 'remove';
    if (path.startsWith('/relations/')) {
      // An index is one among the relations as they are shown before the patch.
      const shown: (AzureRelation | undefined)[] = relations ?? (item ? state.relationsOf(item) : []);
      relations = shown;
      const place = path.slice('/relations/'.length);
      if (isRemove) {
        if (!/^\d+$/.test(place) || shown[Number(place)] === undefined) throw invalid(path);
        shown[Number(place)] = undefined;
      } else if (op === 'add' && place === '-') shown.push(relationIn(value, path));
      else throw invalid(path);
      continue;
    }
    const given = isRemove ? '' : value;
    switch (path) {
      case '/fields/System.Title':
        fields.title = text(given, path);
        break;
      case '/fields/System.State':
        fields.state = text(given, path);
        break;
      case '/fields/System.WorkItemType':
        fields.type = text(given, path);
        break;
      case '/fields/System.Description':
        fields.description = text(given, path);
        break;
      case '/multilineFieldsFormat/System.Description':
        if (given !== 'Markdown' && given !== 'Html') throw invalid(path);
        // https://learn.microsoft.com/en-us/azure/devops/boards/work-items/markdown-support: there is no way back.
        if (given === 'Html' && item?.isMarkdown) throw invalid(path);
        fields.isMarkdown = given === 'Markdown';
        break;
      case '/fields/System.AssignedTo':
        fields.assignedTo = text(given, path) === '' ? null : text(given, path);
        break;
      case '/fields/System.Tags': {
        const named = text(given, path).split(/[;,]/);
        // An add merges, a replace sets.
        fields.tags = op === 'add' ? [...(fields.tags ?? item?.tags ?? []), ...named] : named;
        break;
      }
      case '/fields/Microsoft.VSTS.Common.Priority':
        // Where it is empty, the default of the process is put in.
        fields.priority = isRemove || given === '' || given === null ? 2 : Number(given);
        break;
      default:
        if (path.startsWith('/fields/'))
          throw ruleError(
            path.slice('/fields/'.length),
            `TF51535: Cannot find field ${path.slice('/fields/'.length)}.`,
          );
        throw invalid(path);
    }
  }
  if (relations) {
    const hidden = item ? item.relations.filter((one) => !state.relationsOf(item).includes(one)) : [];
    fields.relations = [...relations.flatMap((one) => (one ? [one] : [])), ...hidden];
  }
  return fields;
}

function relationIn(value: unknown, path: string): AzureRelation {
  const parsed = RelationSchema.safeParse(value);
  const id = parsed.success ? /\/_apis\/wit\/workItems\/(\d+)$/i.exec(parsed.data.url)?.[1] : undefined;
  if (!parsed.success || id === undefined) throw invalid(path);
  return { rel: parsed.data.rel, target: Number(id) };
}
