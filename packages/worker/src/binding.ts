import { z } from 'zod';

/** What a worker is to keep in step. It names no secret: whoever opens the binding knows those. */
export interface WorkerBinding {
  /** Whose it is. Tenants take turns. 1 to 200 characters, as the other names. */
  tenant: string;
  /** Unique inside the tenant. */
  name: string;
  /** As whom the tracker is asked, by a name of the host's: bindings of one credential are paused together. */
  credential: string;
  /** How often it is synced, in milliseconds; from one second to a week. */
  everyMs: number;
}

/** Which binding. */
export type BindingName = Pick<WorkerBinding, 'tenant' | 'name'>;

// PostgreSQL keeps no NUL, and half a surrogate pair is no UTF-8.
const name = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'expected text without control characters');

export const WorkerBindingSchema: z.ZodType<WorkerBinding> = z.strictObject({
  tenant: name,
  name,
  credential: name,
  everyMs: z.int().min(1000).max(604_800_000),
});

/** One text for both parts. */
export function bindingKey({ tenant, name: binding }: BindingName): string {
  return `${encodeURIComponent(tenant)}/${encodeURIComponent(binding)}`;
}
