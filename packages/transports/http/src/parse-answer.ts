import { describeZodError, TrackerContractError } from '@spec-kitty/tracker-core';
import type { z } from 'zod';

/** A vendor's answer in the shape that its connector reads. @throws TrackerContractError, kind `answer` */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown, provider: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const { fieldPath, message } = describeZodError(parsed.error);
  throw new TrackerContractError(`${provider} answered something else than it is known to: ${message}`, {
    provider,
    kind: 'answer',
    fieldPath,
  });
}
