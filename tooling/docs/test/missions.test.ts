import { manifest as azureDevOps } from '@spec-kitty/tracker-azure-devops';
import { manifest as beads } from '@spec-kitty/tracker-beads';
import { fieldSupport, type TrackerCapabilities } from '@spec-kitty/tracker-core';
import { manifest as fp } from '@spec-kitty/tracker-fp';
import { manifest as github } from '@spec-kitty/tracker-github';
import { manifest as gitlab } from '@spec-kitty/tracker-gitlab';
import { JiraConnector } from '@spec-kitty/tracker-jira';
import { manifest as linear } from '@spec-kitty/tracker-linear';
import { expect, it } from 'vitest';
import { page, table } from './pages.ts';

const rows = new Map(
  table(page('missions.md'), 'tracker').map((row) => [row['tracker'], row['where the payload lies']]),
);

function placeOf(capabilities: TrackerCapabilities): string {
  if (fieldSupport(capabilities, 'customFields') !== 'none') return 'in custom fields';
  return capabilities.supportsCommentEdits === true ? 'in the comment' : 'nowhere: publishing is refused';
}

it('the table of trackers names each of them once', () => {
  expect(rows.size).toBe(7);
});

it.each([azureDevOps, beads, fp, github, gitlab, linear])(
  '$id keeps the payload where the page says',
  (manifest) => {
    expect(rows.get(`\`${manifest.id}\``)).toBe(placeOf(manifest.capabilities));
  },
);

it('jira keeps it by its configuration', async () => {
  const config = {
    baseUrl: 'https://acme.atlassian.net',
    projectKey: 'SHOP',
    email: 'a@b.example',
    apiToken: 'x',
  };
  const places: string[] = [];
  for (const more of [{ missionFieldId: 'customfield_10050' }, {}]) {
    await using connector = new JiraConnector({ ...config, ...more });
    places.push(placeOf(await connector.getCapabilities()));
  }
  const [configured, plain] = places;
  expect(rows.get('`jira`')).toBe(`${configured} with \`missionFieldId\`, ${plain} without`);
});
