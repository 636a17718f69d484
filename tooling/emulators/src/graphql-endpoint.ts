import {
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';

export interface GraphqlCall {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Record<string, unknown>;
  /** The names of the fields that are asked for at the root, in order, each once. */
  name: string;
  kind: 'read' | 'write';
}

/** A request that is refused before it is executed. */
export class RefusedCall extends Error {
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[], options?: ErrorOptions) {
    super(errors[0]?.message ?? 'refused', options);
    this.errors = errors;
  }
}

/** The call that a POST body holds, valid under the schema. @throws RefusedCall */
export function parseCall(schema: GraphQLSchema, body: string): GraphqlCall {
  let given: { query?: unknown; variables?: unknown };
  try {
    given = JSON.parse(body);
  } catch (cause) {
    throw new RefusedCall([new GraphQLError('Problems parsing JSON')], { cause });
  }
  if (typeof given !== 'object' || given === null || typeof given.query !== 'string')
    throw new RefusedCall([new GraphQLError('A query attribute must be specified and must be a string.')]);
  const variables = given.variables ?? {};
  if (typeof variables !== 'object' || Array.isArray(variables))
    throw new RefusedCall([new GraphQLError('Variables must be an object')]);
  let document: DocumentNode;
  try {
    document = parse(given.query);
  } catch (cause) {
    throw new RefusedCall([cause instanceof GraphQLError ? cause : new GraphQLError(String(cause))], {
      cause,
    });
  }
  const problems = validate(schema, document);
  if (problems.length > 0) throw new RefusedCall(problems);
  const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new RefusedCall([new GraphQLError('No operation')]);
  const names = operation.selectionSet.selections.flatMap((one) =>
    one.kind === Kind.FIELD ? [one.name.value] : [],
  );
  return {
    document,
    operation,
    variables: variables as Record<string, unknown>,
    name: [...new Set(names)].join(' '),
    kind: operation.operation === 'mutation' ? 'write' : 'read',
  };
}

/** Fields of a mutation run one after another, as the specification of GraphQL has it. */
export async function executeCall(
  schema: GraphQLSchema,
  { document, variables }: GraphqlCall,
  rootValue: unknown,
): Promise<{ data?: unknown; errors?: readonly GraphQLError[] }> {
  const result = await execute({ schema, document, rootValue, variableValues: variables });
  const { data, errors } = result as { data?: unknown; errors?: readonly GraphQLError[] };
  return errors === undefined ? { data } : { data: data ?? null, errors };
}
