import type { z } from 'zod';

/** `a.b[2].c` for a path of keys and indexes. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    text += typeof part === 'number' ? `[${part}]` : text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}

/** Where the first problem is, and all of them (at most five) in words that never repeat the value. */
export function describeZodError(error: z.core.$ZodError): { fieldPath: string; message: string } {
  const first = error.issues[0];
  const unknownKey = first?.code === 'unrecognized_keys' ? first.keys.slice(0, 1) : [];
  const lines = error.issues.slice(0, 5).map((issue) => {
    const path = formatPath(issue.path);
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  const more = error.issues.length > 5 ? `; and ${error.issues.length - 5} more` : '';
  return { fieldPath: formatPath([...(first?.path ?? []), ...unknownKey]), message: lines.join('; ') + more };
}
