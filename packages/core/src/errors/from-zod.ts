import * as z from 'zod';

/** `a.b[2].c` for a path of keys and indexes. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    text += typeof part === 'number' ? `[${part}]` : text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}

const unreadable = (): z.core.$ZodError =>
  new z.ZodError([{ code: 'custom', path: [], message: 'it cannot be read', input: undefined }]);

/** Parses what may be anything. That reading it throws (a getter, a proxy) is one more way of being no valid input. */
export function safeParse<T>(
  schema: z.ZodType<T>,
  input: unknown,
): { success: true; data: T } | { success: false; error: z.core.$ZodError } {
  try {
    const parsed = schema.safeParse(input);
    // The error is made when it is asked for, and then reads the input once more.
    return parsed.success ? parsed : { success: false, error: parsed.error };
  } catch {
    return { success: false, error: unreadable() };
  }
}

/** What the schema makes of the input. @throws what `failure` makes of the problem in words, and of where the first one is */
export function parseOrThrow<T>(
  schema: z.ZodType<T>,
  input: unknown,
  failure: (message: string, fieldPath: string) => Error,
): T {
  const parsed = safeParse(schema, input);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw failure(message, fieldPath);
}

/** As `safeParse`, for a schema that waits for something. */
export async function safeParseAsync<T>(
  schema: z.ZodType<T>,
  input: unknown,
): Promise<{ success: true; data: T } | { success: false; error: z.core.$ZodError }> {
  try {
    const parsed = await schema.safeParseAsync(input);
    return parsed.success ? parsed : { success: false, error: parsed.error };
  } catch {
    return { success: false, error: unreadable() };
  }
}

/** A key may be as long as its author likes; a message is not. */
const MAX_WORDS = 1000;

/** Where the first problem is, and all of them (at most five) in words that never repeat the value. */
export function describeZodError(error: z.core.$ZodError): { fieldPath: string; message: string } {
  const first = error.issues[0];
  const unknownKey = first?.code === 'unrecognized_keys' ? first.keys.slice(0, 1) : [];
  const lines = error.issues.slice(0, 5).map((issue) => {
    const path = formatPath(issue.path);
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  const more = error.issues.length > 5 ? `; and ${error.issues.length - 5} more` : '';
  return {
    fieldPath: formatPath([...(first?.path ?? []), ...unknownKey]).slice(0, MAX_WORDS),
    message: lines.join('; ').slice(0, MAX_WORDS) + more,
  };
}
