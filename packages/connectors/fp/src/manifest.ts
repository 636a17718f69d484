import { manifestOf, type PluginManifest, type TrackerCapabilities } from '@spec-kitty/tracker-core';
import { FPConfigSchema } from './config.ts';

/** A description is one argument of a command: 131,071 bytes, up to three of them for each of these units. */
export const BODY_LENGTH = 40_000;

/** What fp can do where it answers JSON. It runs on this machine: nobody has to sign in. */
export const CAPABILITIES: TrackerCapabilities = {
  supportsWebhooks: false,
  supportsComments: true,
  supportsHierarchy: true,
  supportsDependencies: true,
  supportsCustomFields: false,
  supportsMultiAssignee: false,
  supportsSprintsOrCycles: false,
  supportsBulkRead: true,
  supportsBulkWrite: false,
  supportsDelete: false,
  supportsAssignment: false,
  supportsTerminalTransition: true,
  supportsLookupByKey: true,
  fields: {
    title: 'lossy',
    body: 'lossy',
    status: 'lossy',
    issueType: 'none',
    priority: 'lossy',
    labels: 'lossy',
    links: 'lossy',
  },
  // fp creates in its first status: another one is set by a second command.
  fieldsAfterCreate: ['status'],
  ordering: 'none',
  limits: { pageSize: 1000, bodyLength: BODY_LENGTH },
};

/** What is left where fp prints text: a line an issue, with neither description nor dependencies nor properties. */
export const TEXT_CAPABILITIES: TrackerCapabilities = {
  ...CAPABILITIES,
  supportsDependencies: false,
  supportsLookupByKey: false,
  fields: { ...CAPABILITIES.fields, body: 'none', labels: 'none', links: 'none' },
};

/** What a host knows of the connector before its code is loaded. */
export const manifest: PluginManifest = manifestOf({
  id: 'fp',
  displayName: 'fp',
  category: 'local',
  capabilities: CAPABILITIES,
  configSchema: FPConfigSchema,
  credentials: [],
});
