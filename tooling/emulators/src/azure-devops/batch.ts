import { z } from 'zod';
import { operation, type RestOperation } from '../rest-endpoint.ts';
import type { AzureWorld } from './operations.ts';
import { JsonPatchSchema, patched } from './patch.ts';
import { AzureRefusal } from './refusal.ts';

const MAX_REQUESTS = 200;
const JSON_PATCH = 'application/json-patch+json';

const BatchSchema = z
  .array(
    z.strictObject({
      method: z.literal('PATCH'),
      uri: z.string(),
      headers: z.strictObject({ 'Content-Type': z.literal(JSON_PATCH) }),
      body: JsonPatchSchema,
    }),
  )
  .min(1)
  .max(MAX_REQUESTS);

/**
 * Many writes in one request, each with an answer of its own; a create is a PATCH here, too.
 * https://learn.microsoft.com/en-us/previous-versions/azure/devops/integrate/previous-apis/wit/batch
 */
export function azureBatch(world: AzureWorld): RestOperation {
  return operation({
    method: 'PATCH',
    path: '/{organization}/_apis/wit/$batch',
    kind: 'write',
    query: z.object({ 'api-version': z.literal('7.1') }),
    body: BatchSchema,
    handle({ body }) {
      const value = body.map((one) => {
        const { code, answer } = answered(world, one);
        return {
          code,
          headers: { 'Content-Type': 'application/json; charset=utf-8' },
          body: JSON.stringify(answer),
        };
      });
      return { status: 200, body: { count: value.length, value } };
    },
  });
}

function answered(
  { state, views, viewer, project }: AzureWorld,
  { uri, body }: z.infer<typeof BatchSchema>[number],
): { code: number; answer: unknown } {
  try {
    const url = new URL(uri, 'https://batch.invalid');
    if (!uri.startsWith('/') || url.searchParams.get('api-version') !== '7.1')
      throw new AzureRefusal(
        400,
        'VssVersionNotSpecifiedException',
        `No api-version was supplied for ${uri}.`,
      );
    const unknown = [...url.searchParams.keys()].find((name) => name !== 'api-version' && name !== '$expand');
    if (unknown !== undefined)
      throw new AzureRefusal(400, 'VssPropertyValidationException', `The parameter ${unknown} is not known.`);
    const path = decodeURIComponent(url.pathname);
    const relations = url.searchParams.get('$expand') === 'relations';
    const id = /^\/_apis\/wit\/workitems\/(\d{1,10})$/.exec(path)?.[1];
    if (id !== undefined) {
      const item = state.item(Number(id));
      const changed = state.change(item.id, patched(state, item, body));
      return { code: 200, answer: views.item(changed, { relations }) };
    }
    const [, where, type] = /^\/([^/]+)\/_apis\/wit\/workitems\/\$([^/]+)$/.exec(path) ?? [];
    if (where?.toLowerCase() !== project.toLowerCase() || type === undefined)
      throw new AzureRefusal(404, 'VssResourceNotFoundException', `There is no resource ${path}.`);
    const made = state.create(viewer.uniqueName, type, patched(state, undefined, body));
    return { code: 200, answer: views.item(made, { relations }) };
  } catch (error) {
    if (!(error instanceof AzureRefusal)) throw error;
    return { code: error.status, answer: error.body };
  }
}
