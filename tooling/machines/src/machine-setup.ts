import { z } from 'zod';

/** What a worker's process is told. */
export interface MachineSetup {
  connectionString: string;
  schema: string;
  farmUrl: string;
  places: {
    tenant: string;
    name: string;
    credential: string;
    connector: 'gitlab' | 'github';
    options: Record<string, string>;
  }[];
  concurrency: number;
  tenantConcurrency: number;
  leaseMs: number;
}

export const MachineSetupSchema: z.ZodType<MachineSetup> = z.strictObject({
  connectionString: z.string(),
  schema: z.string(),
  farmUrl: z.url(),
  places: z.array(
    z.strictObject({
      tenant: z.string(),
      name: z.string(),
      credential: z.string(),
      connector: z.enum(['gitlab', 'github']),
      options: z.record(z.string(), z.string()),
    }),
  ),
  concurrency: z.int(),
  tenantConcurrency: z.int(),
  leaseMs: z.int(),
});

/** A line of a worker's log. `began` is written while the lease is held, `ended` before it is given back. */
export type MachineLine =
  | { event: 'ready' }
  | { event: 'began' | 'ended'; at: number; tenant: string; name: string; operation: string }
  | { event: 'ran'; tenant: string; name: string; outcome: string; failure: string | null; writes: number };

export const MachineLineSchema: z.ZodType<MachineLine> = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('ready') }),
  z.strictObject({
    event: z.enum(['began', 'ended']),
    at: z.number(),
    tenant: z.string(),
    name: z.string(),
    operation: z.string(),
  }),
  z.strictObject({
    event: z.literal('ran'),
    tenant: z.string(),
    name: z.string(),
    outcome: z.string(),
    failure: z.string().nullable(),
    writes: z.int(),
  }),
]);
