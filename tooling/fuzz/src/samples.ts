import type { Recipe } from './hostile/json.ts';

/** Valid inputs: what is nearly right gets further into a parser than what is plainly wrong. */
export const REF: { system: string; workspace: string; id: string } = {
  system: 'memory',
  workspace: 'app',
  id: '1',
};

const elsewhere = { system: 'other', workspace: 'x:y', id: '100%', key: 'O-1', url: 'https://example.com/1' };

export const ISSUES: readonly Recipe[] = [
  { ref: REF, title: 'A title' },
  {
    ref: { ...REF, key: 'APP-1', url: 'https://example.com/APP-1' },
    title: 'Show delivery dates',
    body: 'Some *text*\r\nin lines',
    status: 'in_progress',
    issueType: 'story',
    priority: 2,
    assignees: ['ada', 'bo'],
    labels: ['bug', 'Bug', 'b\u00fcg'],
    parent: { ...REF, id: '2' },
    links: [
      { type: 'blocks', target: { ...REF, id: '3' } },
      { type: 'child_of', target: { ...REF, id: '2' } },
      { type: 'relates_to', target: elsewhere },
    ],
    customFields: {
      team: 'web',
      points: 3,
      nested: { list: [1, [2, { three: null }]], flag: true },
      decision_refs: [
        { decision_id: 'D-1', blocking: true, summary: 'Which one', url: null, external_ref: elsewhere },
      ],
    },
    createdAt: '2026-01-02T03:04:05.678Z',
    updatedAt: '2026-02-03T04:05:06+01:00',
    localRevision: 1,
    version: 'W/"7"',
    correlationKey: 'key-1',
    raw: { id: 1, nodes: [{ a: 'b' }] },
  },
];

export const PATCHES: readonly Recipe[] = [
  { title: 'Another' },
  {
    title: 'Another',
    body: null,
    status: 'done',
    issueType: 'bug',
    priority: null,
    assignees: [],
    labels: ['x', 'x'],
    parent: null,
    links: [{ type: 'child_of', target: REF }],
    customFields: { a: { b: [1] } },
  },
];

export const CAPABILITIES: { [key: string]: Recipe } = {
  supportsWebhooks: true,
  supportsComments: true,
  supportsHierarchy: true,
  supportsDependencies: true,
  supportsCustomFields: true,
  supportsMultiAssignee: true,
  supportsSprintsOrCycles: false,
  supportsBulkRead: true,
  supportsBulkWrite: true,
  supportsDelete: true,
  supportsAssignment: true,
  supportsTerminalTransition: true,
  supportsWrite: true,
  supportsLookupByKey: true,
  supportsCommentEdits: true,
  fields: { title: 'full', body: 'lossy', links: 'none' },
  foldsCase: ['labels'],
  ordering: 'oldest_first',
  lagMs: 1000,
  timeGranularityMs: 1000,
  limits: { pageSize: 100, batchSize: 50, titleLength: 255, bodyLength: 65_536, labelLength: 50 },
};

export const MANIFEST: Recipe = {
  kind: 'spec-kitty.tracker-connector',
  specVersion: 1,
  id: 'sample',
  displayName: 'Sample',
  category: 'saas',
  capabilities: CAPABILITIES,
  configSchema: {
    type: 'object',
    properties: { token: { type: 'string' }, baseUrl: { type: 'string', default: 'https://example.com' } },
    required: ['token'],
    additionalProperties: false,
  },
  hosted: { paramsSchema: { type: 'object', properties: { teamId: { type: 'string' } } } },
  credentials: [{ name: 'token', env: 'SAMPLE_TOKEN', secret: true, description: 'An API token' }],
};

export const EVENTS: Recipe = [
  {
    eventId: 'e1',
    eventType: 'updated',
    issueRef: REF,
    timestamp: '2026-01-01T00:00:00.000Z',
    payload: { a: [1, null] },
  },
  {
    eventId: 'e2',
    eventType: 'moved',
    issueRef: { ...REF, id: '2' },
    timestamp: '2026-01-01T00:00:00.000Z',
    payload: { from: { ...REF, id: '9' } },
  },
  { eventId: 'e3', eventType: 'deleted', issueRef: { ...REF, id: '3' }, timestamp: '', payload: null },
];

export const PEOPLE: Recipe = [
  { id: 'ada', ids: { 'github:acme/app': 'ada-l', 'memory:app': 'ada' } },
  { id: 'bo', ids: { 'github:acme/app': 'bo' } },
];

export const POLICIES: readonly Recipe[] = [
  { mode: 'external_authoritative' },
  { mode: 'spec_kitty_authoritative' },
  {
    mode: 'split_ownership',
    fieldOwners: { status: 'external', labels: 'local', 'customFields.team': 'shared' },
    defaultOwner: 'shared',
  },
];

export const CHECKPOINTS: readonly Recipe[] = [
  {},
  { cursor: 'm1.abc', updatedSince: '2026-01-01T00:00:00.000Z' },
];

export const MISSION_UPDATES: readonly Recipe[] = [
  { missionId: 'M-1', missionState: 'running' },
  {
    missionId: 'M-1',
    missionState: 'done',
    targetStatus: 'done',
    summary: 'All of it\nis done',
    missionUrl: 'https://example.com/m/1',
    decisionReferences: [
      {
        decisionId: 'D-1',
        blocking: true,
        summary: 'x',
        url: 'https://example.com/d/1',
        externalRef: elsewhere,
      },
      { decisionId: 'D-2', blocking: false },
    ],
  },
];

export const WORKSPACES: Recipe = {
  items: [
    {
      id: 'w1',
      name: 'acme',
      display: 'Acme',
      kind: 'organization',
      provider: 'sample',
      providerContext: { region: 'eu' },
    },
  ],
  truncated: false,
};

export const RESOURCES: Recipe = {
  items: [
    {
      provider: 'sample',
      parentWorkspaceId: 'w1',
      resourceType: 'team',
      stableRef: 't1',
      displayName: 'Web',
      connectorParams: { teamId: 't1' },
      routingMetadata: {},
    },
  ],
  truncated: true,
};
