import { GraphQLError } from 'graphql';

/** A refusal while executing: HTTP 200, and the reason in the errors. */
export function refuse(message: string, presentable = message): never {
  throw new GraphQLError(message, {
    extensions: {
      type: 'invalid input',
      code: 'INPUT_ERROR',
      statusCode: 400,
      userError: true,
      userPresentableMessage: presentable,
    },
  });
}

export function notFound(entity: string): never {
  return refuse(`Entity not found: ${entity}`, `Could not find referenced ${entity}.`);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

/** An id that a client chose. @throws GraphQLError */
export function assertOwnId(id: string): void {
  if (!UUID_V4.test(id)) refuse('Argument Validation Error', 'id must be a UUID');
}

/** PostgreSQL holds no NUL. @throws GraphQLError */
export function assertText(field: string, text: string): void {
  if (text.includes('\u0000'))
    refuse('Argument Validation Error', `${field} holds a character that is invalid`);
}
