import {
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { type GraphqlCall, RefusedCall } from '../graphql-endpoint.ts';

/** https://linear.app/developers/rate-limiting */
export const MAX_COMPLEXITY = 10_000;
export const MAX_FIRST = 250;
const DEFAULT_FIRST = 50;
const SCALAR = 0.1;
const OBJECT = 1;

const refusal = (message: string): RefusedCall =>
  new RefusedCall([
    new GraphQLError(message, {
      extensions: { type: 'invalid input', code: 'INPUT_ERROR', statusCode: 400, userError: true },
    }),
  ]);

/**
 * What an operation costs: 0.1 a scalar, 1 an object, and whatever a connection holds times its `first`.
 * @throws RefusedCall for more than is allowed, also of `first`.
 */
export function complexityOf(schema: GraphQLSchema, { document, operation, variables }: GraphqlCall): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) {
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  }

  function cost({ selections }: SelectionSetNode, type: GraphQLObjectType): number {
    let sum = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) sum += cost(selection.selectionSet, type);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (fragment) sum += cost(fragment.selectionSet, type);
      } else {
        const field = type.getFields()[selection.name.value];
        const named = field && getNamedType(field.type);
        if (!isObjectType(named) || !selection.selectionSet) {
          sum += SCALAR;
          continue;
        }
        const inner = cost(selection.selectionSet, named);
        const argument = selection.arguments?.find(({ name }) => name.value === 'first');
        const first = argument ? valueFromASTUntyped(argument.value, variables) : undefined;
        if (typeof first === 'number' && (first > MAX_FIRST || first < 1))
          throw refusal(`Argument Validation Error: first must be from 1 to ${MAX_FIRST}`);
        const times = named.name.endsWith('Connection')
          ? typeof first === 'number'
            ? first
            : DEFAULT_FIRST
          : 1;
        sum += OBJECT + times * inner;
      }
    }
    return sum;
  }

  const root = operation.operation === 'mutation' ? schema.getMutationType() : schema.getQueryType();
  const complexity = Math.ceil(root ? cost(operation.selectionSet, root) : 0);
  if (complexity > MAX_COMPLEXITY) throw refusal(`Query too complex: ${complexity} of ${MAX_COMPLEXITY}`);
  return complexity;
}
