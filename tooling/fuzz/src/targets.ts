import type { FuzzTarget } from './target.ts';
import { azureDevOpsTargets } from './targets/azure-devops.ts';
import { beadsTargets } from './targets/beads.ts';
import { cliTargets } from './targets/cli.ts';
import { discoveryTargets } from './targets/discovery.ts';
import { engineTargets } from './targets/engine.ts';
import { fpTargets } from './targets/fp.ts';
import { githubTargets } from './targets/github.ts';
import { gitlabTargets } from './targets/gitlab.ts';
import { hostTargets } from './targets/host.ts';
import { jiraTargets } from './targets/jira.ts';
import { linearTargets } from './targets/linear.ts';
import { memoryTargets } from './targets/memory.ts';
import { modelTargets } from './targets/model.ts';
import { pluginTargets } from './targets/plugins.ts';
import { sqliteTargets } from './targets/sqlite.ts';

/** Everything that parses outside input. */
export const TARGETS: readonly FuzzTarget[] = [
  ...modelTargets,
  ...hostTargets,
  ...pluginTargets,
  ...discoveryTargets,
  ...engineTargets,
  ...azureDevOpsTargets,
  ...beadsTargets,
  ...fpTargets,
  ...githubTargets,
  ...gitlabTargets,
  ...jiraTargets,
  ...linearTargets,
  ...memoryTargets,
  ...sqliteTargets,
  ...cliTargets,
];
