import type { PostgresClient } from './client.ts';
import { MIGRATIONS, versionOf } from './migrations.ts';
import { fromSortKey } from './sort-key.ts';
import type { Tenant } from './tenant.ts';

/** How a tenant's store stands. */
export interface PostgresStoreInspection {
  /** Whether the schema is there; the first call of a store makes it. */
  made: boolean;
  /** Runs under way, and runs that ended without giving their lease back. By the server's clock. */
  leases: { bindingId: string; until: string; held: boolean }[];
}

interface LeaseRow {
  whole: string;
  until: number;
  held: boolean;
}

export async function inspect(client: PostgresClient, tenant: Tenant): Promise<PostgresStoreInspection> {
  const { version } = await versionOf(client, tenant.schema, MIGRATIONS.length);
  if (version === 0) return { made: false, leases: [] };
  const rows = await tenant.all<LeaseRow>(client, 'leases');
  return {
    made: true,
    leases: rows.map(({ whole, until, held }) => ({
      bindingId: fromSortKey(whole),
      until: new Date(until).toISOString(),
      held,
    })),
  };
}
