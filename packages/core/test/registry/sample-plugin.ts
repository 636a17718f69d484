import { z } from 'zod';
import type { ConnectorContext, TrackerCapabilities } from '../../src/index.ts';
import { manifestOf } from '../../src/registry/manifest-of.ts';
import type { TrackerPlugin } from '../../src/registry/tracker-plugin.ts';
import { FakeConnector, FULL } from '../mission/fake-connector.ts';

export const SampleConfigSchema = z.strictObject({
  token: z.string().min(8),
  board: z.strictObject({ column: z.int() }).optional(),
});
export type SampleConfig = z.infer<typeof SampleConfigSchema>;

export interface Created {
  config: SampleConfig;
  context: ConnectorContext;
}

/** A plugin whose connectors are fakes; `actual` is what they claim, `created` what they were made of. */
export function samplePlugin(
  options: { id?: string; displayName?: string; actual?: Partial<TrackerCapabilities> } = {},
): { plugin: TrackerPlugin<SampleConfig>; created: Created[]; connectors: FakeConnector[] } {
  const { id = 'sample', displayName = 'Sample', actual } = options;
  const created: Created[] = [];
  const connectors: FakeConnector[] = [];
  const plugin: TrackerPlugin<SampleConfig> = {
    manifest: manifestOf({
      id,
      displayName,
      category: 'reference',
      capabilities: structuredClone(FULL),
      configSchema: SampleConfigSchema,
      credentials: [{ name: 'token', env: 'SAMPLE_TOKEN', secret: true, description: 'A personal token' }],
    }),
    configSchema: SampleConfigSchema,
    create(config, context) {
      created.push({ config, context });
      const connector = new FakeConnector(actual);
      connectors.push(connector);
      return connector;
    },
  };
  return { plugin, created, connectors };
}
