import { expect, test } from 'vitest';
import { beyondDescription, createJiraEmulator, vendorSchema } from '../src/index.ts';

const theirs = vendorSchema('jira/swagger-v3.json');

test.skipIf(theirs === undefined)(
  'what the emulator takes stands so in the description that Atlassian publishes',
  () => {
    const { operations } = createJiraEmulator();
    expect(beyondDescription(operations, JSON.parse(theirs ?? '{}'), { prefix: '/rest/api/3' })).toEqual([]);
  },
);
