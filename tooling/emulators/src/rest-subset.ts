import { z } from 'zod';
import type { RestOperation } from './rest-endpoint.ts';

/** A vendor's description, OpenAPI 3 or Swagger 2, as parsed. */
export type Description = Record<string, unknown>;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where operations say something that the vendor's own description does not: a path, a method, a parameter, a field. */
export function beyondDescription(
  operations: readonly RestOperation[],
  vendor: Description,
  options: {
    prefix?: string /** Fields of bodies, as `METHOD path: field`, that the description leaves out. */;
    unsaid?: readonly string[];
  } = {},
): string[] {
  const { prefix = '', unsaid = [] } = options;
  const paths = isObject(vendor['paths']) ? vendor['paths'] : {};
  const known = new Map(Object.entries(paths).map(([path, item]) => [shape(path), item]));
  const problems: string[] = [];
  for (const { method, path, query, body } of operations) {
    const place = `${method} ${path}`;
    const item = known.get(shape(prefix + path));
    const found = isObject(item) ? item[method.toLowerCase()] : undefined;
    if (!isObject(item) || !isObject(found)) {
      problems.push(`${place} is unknown`);
      continue;
    }
    const parameters = [item['parameters'], found['parameters']]
      .flatMap((list) => (Array.isArray(list) ? list : []))
      .map((one) => resolved(vendor, one));
    const names = new Set(
      parameters
        .filter((one) => one['in'] === 'query')
        .map((one) => String(one['name']).replace(/\[\]$/, '')),
    );
    for (const name of Object.keys(query?.shape ?? {}))
      if (!names.has(name.replace(/\[\]$/, '')) && !unsaid.includes(`${place}: ${name}`))
        problems.push(`${place}: the parameter ${name} is unknown`);
    if (!body) continue;
    const fields = fieldsOf(vendor, bodySchemaOf(vendor, found, parameters));
    if (fields === 'any') continue;
    for (const name of body instanceof z.ZodObject ? Object.keys(body.shape) : [])
      if (!fields.has(name) && !unsaid.includes(`${place}: ${name}`))
        problems.push(`${place}: the field ${name} is unknown`);
  }
  return problems;
}

/** A path whatever its parameters are called. */
const shape = (path: string): string => path.replaceAll(/\{[^}]*\}/g, '{}');

function resolved(vendor: Description, value: unknown): Json {
  if (!isObject(value)) return {};
  const reference = value['$ref'];
  if (typeof reference !== 'string') return value;
  const found = reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((at, part) => (isObject(at) ? at[part.replaceAll('~1', '/')] : undefined), vendor);
  return resolved(vendor, found);
}

function bodySchemaOf(vendor: Description, found: Json, parameters: readonly Json[]): unknown {
  const inBody = parameters.find((one) => one['in'] === 'body');
  if (inBody) return inBody['schema'];
  const content = resolved(vendor, found['requestBody'])['content'];
  if (!isObject(content)) return undefined;
  const [first] = Object.values(content);
  return isObject(first) ? first['schema'] : undefined;
}

/** The names of a schema's fields; `any` where it takes whatever there is. */
function fieldsOf(vendor: Description, given: unknown): ReadonlySet<string> | 'any' {
  const schema = resolved(vendor, given);
  const properties = isObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  const parts = [schema['allOf'], schema['oneOf'], schema['anyOf']]
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .map((one) => fieldsOf(vendor, one));
  const names = new Set([...properties, ...parts.flatMap((one) => (one === 'any' ? [] : [...one]))]);
  return names.size === 0 ? 'any' : names;
}
