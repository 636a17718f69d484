import { describeZodError, TrackerContractError } from '@spec-kitty/tracker-core';
import type * as z from 'zod';

/**
 * What a vendor sent in the shape that its connector reads.
 * @throws TrackerContractError of the kind, naming the field and not its value.
 */
export function parseAnswer<T>(
  schema: z.ZodType<T>,
  answer: unknown,
  provider: string,
  kind: 'answer' | 'webhook' = 'answer',
): T {
  const { data, problem } = attempt(schema, answer);
  if (problem === undefined) return data as T;
  const { fieldPath, message } = problem;
  const what = kind === 'answer' ? 'answered' : 'delivered';
  throw new TrackerContractError(`${provider} ${what} something else than it is known to: ${message}`, {
    provider,
    kind,
    fieldPath,
  });
}

/** The same where anything else is as good as nothing. */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown): T | undefined {
  return attempt(schema, answer).data;
}

function attempt<T>(
  schema: z.ZodType<T>,
  answer: unknown,
): { data?: T; problem?: { fieldPath: string; message: string } } {
  try {
    const parsed = schema.safeParse(answer);
    return parsed.success ? { data: parsed.data } : { problem: describeZodError(parsed.error) };
  } catch {
    // JSON may be nested so deeply that looking at it ends the stack.
    return { problem: { fieldPath: '', message: 'it cannot be read' } };
  }
}
