import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type CanonicalIssue,
  type CanonicalIssueType,
  type CanonicalStatus,
  type IssuePatch,
  issuePatch,
  isTrackerError,
  type JsonValue,
  JsonValueSchema,
  type Priority,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import { z } from 'zod';
import type { CliIo } from '../cli-io.ts';
import { UsageError } from '../config/usage-error.ts';
import { findIssue } from '../host/find-issue.ts';

/** The options by which `create` and `edit` take an issue's fields. */
export interface FieldOptions {
  title?: string;
  body?: string;
  bodyFile?: string;
  status?: CanonicalStatus;
  type?: CanonicalIssueType;
  priority?: string;
  label?: string[];
  removeLabel?: string[];
  assignee?: string[];
  removeAssignee?: string[];
  /** False for `--no-parent`. */
  parent?: string | false;
  field?: string[];
}

const PrioritySchema: z.ZodType<Priority> = z.union([z.literal([0, 1, 2, 3, 4]), z.null()]);

/**
 * The fields that the options name, as a patch of `current` (of an empty issue where there is none yet).
 * @throws UsageError naming the option.
 */
export async function fieldsFrom(
  options: FieldOptions,
  current: Pick<CanonicalIssue, 'labels' | 'assignees' | 'customFields'>,
  { io, store }: { io: CliIo; store: SyncStore },
): Promise<IssuePatch> {
  const { title, status, type, priority, parent, field } = options;
  const body = await bodyFrom(options, io);
  const patch: IssuePatch = {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { body: body === '' ? null : body }),
    ...(status === undefined ? {} : { status }),
    ...(type === undefined ? {} : { issueType: type }),
    ...(priority === undefined ? {} : { priority: priorityFrom(priority) }),
    ...setPatch('labels', current.labels, options.label, options.removeLabel),
    ...setPatch('assignees', current.assignees, options.assignee, options.removeAssignee),
    ...(parent === undefined
      ? {}
      : { parent: parent === false ? null : (await findIssue(store, parent)).ref }),
    ...(field === undefined ? {} : { customFields: customFrom(current.customFields, field) }),
  };
  try {
    return issuePatch(patch);
  } catch (error) {
    if (!isTrackerError(error)) throw error;
    throw new UsageError(error.message, {
      code: error.code,
      fieldPath: `--${(error.fieldPath ?? '').replace(/[.[].*/, '')}`,
      cause: error,
    });
  }
}

async function bodyFrom({ body, bodyFile }: FieldOptions, io: CliIo): Promise<string | undefined> {
  if (body !== undefined && bodyFile !== undefined) {
    throw new UsageError('give --body or --body-file, not both', { code: 'body_twice', fieldPath: '--body' });
  }
  if (bodyFile === undefined) return body;
  if (bodyFile === '-') return io.readInput();
  try {
    return await readFile(resolve(io.cwd, bodyFile), 'utf8');
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new UsageError(`${bodyFile} cannot be read (${why})`, {
      code: 'input_unusable',
      fieldPath: '--body-file',
      cause,
    });
  }
}

function priorityFrom(text: string): Priority {
  const parsed = PrioritySchema.safeParse(text === 'none' ? null : Number.parseInt(text, 10));
  if (parsed.success && /^([0-4]|none)$/.test(text)) return parsed.data;
  throw new UsageError(`${text} is no priority: 0 (most urgent) to 4, or none`, {
    code: 'priority_unknown',
    fieldPath: '--priority',
  });
}

function setPatch(
  name: 'labels' | 'assignees',
  current: readonly string[],
  added: readonly string[] | undefined,
  removed: readonly string[] | undefined,
): IssuePatch {
  if (!added && !removed) return {};
  const kept = current.filter((item) => !removed?.includes(item));
  return { [name]: [...new Set([...kept, ...(added ?? [])])] };
}

/** `key=value`: the value as JSON where it is JSON, else as text; `key=` removes the key. */
function customFrom(
  current: Record<string, JsonValue>,
  assignments: readonly string[],
): Record<string, JsonValue> {
  const fields = new Map(Object.entries(current));
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    if (at < 1) {
      throw new UsageError(`--field takes KEY=VALUE, not ${assignment}`, {
        code: 'field_unreadable',
        fieldPath: '--field',
      });
    }
    const [key, text] = [assignment.slice(0, at), assignment.slice(at + 1)];
    if (text === '') fields.delete(key);
    else fields.set(key, jsonOrText(text));
  }
  return Object.fromEntries(fields);
}

function jsonOrText(text: string): JsonValue {
  try {
    return JsonValueSchema.parse(JSON.parse(text));
  } catch {
    return text;
  }
}
