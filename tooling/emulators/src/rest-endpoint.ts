import type { z } from 'zod';

export interface RestCall<Query, Body> {
  /** The parts of the path, decoded. */
  params: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
  headers: Headers;
}

export interface RestAnswer {
  status: number;
  /** As JSON; a text as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** One call of a vendor's API: what it takes, and what it does. */
export interface RestOperation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As the vendor's description writes it: `/issue/{id}`. */
  path: string;
  kind: 'read' | 'write';
  /** Strict: another parameter is refused. Default: none. */
  query?: z.ZodObject;
  /** Default: no body. */
  body?: z.ZodType;
  handle(call: RestCall<unknown, unknown>): RestAnswer | Promise<RestAnswer>;
}

interface Definition<Query extends z.ZodObject, Body extends z.ZodType>
  extends Omit<RestOperation, 'query' | 'body' | 'handle'> {
  query?: Query;
  body?: Body;
  handle(call: RestCall<z.infer<Query>, z.infer<Body>>): RestAnswer | Promise<RestAnswer>;
}

/** An operation whose `handle` is given what its schemas have parsed. */
export function operation<Query extends z.ZodObject, Body extends z.ZodType>(
  definition: Definition<Query, Body>,
): RestOperation {
  const { handle, ...rest } = definition;
  return { ...rest, handle: (call) => handle(call as RestCall<z.infer<Query>, z.infer<Body>>) };
}

export type Matched =
  | { found: 'operation'; operation: RestOperation; params: Record<string, string> }
  | { found: 'path' }
  | { found: 'nothing' };

/** The operation that a request is for. Of two paths, the one with fewer parameters. */
export function matchOperation(
  operations: readonly RestOperation[],
  method: string,
  pathname: string,
): Matched {
  const fitting = operations
    .map((one) => ({ operation: one, params: paramsIn(one.path, pathname) }))
    .filter(
      (one): one is { operation: RestOperation; params: Record<string, string> } => one.params !== undefined,
    )
    .sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length);
  const exact = fitting.find((one) => one.operation.method === method);
  if (exact) return { found: 'operation', ...exact };
  return fitting.length > 0 ? { found: 'path' } : { found: 'nothing' };
}

/** What a request holds against its operation's schemas; `problem` is the first thing that is wrong, in words. */
export async function parseRest(
  { query: querySchema, body: bodySchema }: RestOperation,
  request: Request,
): Promise<{ query: unknown; body: unknown } | { problem: string }> {
  const given: Record<string, string | string[]> = {};
  const { searchParams } = new URL(request.url);
  for (const name of new Set(searchParams.keys())) {
    const all = searchParams.getAll(name);
    given[name] = all.length === 1 ? (all[0] ?? '') : all;
  }
  const query = querySchema ? querySchema.strict().safeParse(given) : undefined;
  if (!querySchema && Object.keys(given).length > 0)
    return { problem: `query: ${Object.keys(given).join(', ')} is not known` };
  if (query && !query.success) return { problem: `query: ${first(query.error)}` };
  const text = await request.text();
  if (!bodySchema)
    return text === '' ? { query: query?.data ?? {}, body: undefined } : { problem: 'body: none is taken' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: 'body: no JSON' };
  }
  const body = bodySchema.safeParse(json);
  if (!body.success) return { problem: `body: ${first(body.error)}` };
  return { query: query?.data ?? {}, body: body.data };
}

export function toResponse({ status, body, headers = {} }: RestAnswer): Response {
  if (body === undefined) return new Response(null, { status, headers });
  if (typeof body === 'string')
    return new Response(body, { status, headers: { 'content-type': 'text/plain', ...headers } });
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

function first(error: z.core.$ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`;
}

function paramsIn(template: string, pathname: string): Record<string, string> | undefined {
  const [wanted, given] = [template.split('/'), pathname.split('/')];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    const rest = /^(\$?[^{}]*)\{(.+)\}$/.exec(part);
    if (name !== undefined) {
      if (value === '') return undefined;
      params[name] = decodeURIComponent(value);
    } else if (rest && value.startsWith(rest[1] ?? '') && rest[2] !== undefined)
      params[rest[2]] = decodeURIComponent(value.slice(rest[1]?.length ?? 0));
    else if (part !== value) return undefined;
  }
  return params;
}
