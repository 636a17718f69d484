import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { REPOSITORY_ROOT, readRepository } from './read-repository.ts';
import { packagesIn } from './workspace.ts';

/*
 * A dry run of a release: every published package that changed since the last one is named in a changeset, and the
 * versions and changelogs that come of it are written, in a clone that is thrown away.
 */

const git = (...parameters: string[]): string =>
  execFileSync('git', parameters, {
    cwd: REPOSITORY_ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** The last release; before the first, where the history begins. */
function lastRelease(): string {
  const tags = git('tag', '--merged', 'HEAD', '--sort=-creatordate').split('\n');
  return (
    tags.find((tag) => /@\d+\.\d+\.\d+/.test(tag)) ??
    git('rev-list', '--max-parents=0', 'HEAD').split('\n').at(-1) ??
    'HEAD'
  );
}

const changeset = (cwd: string, ...parameters: string[]): void => {
  execFileSync('changeset', parameters, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
};

const PlanSchema = z.object({
  releases: z.array(z.object({ name: z.string(), newVersion: z.string(), changesets: z.array(z.string()) })),
});
type Release = z.infer<typeof PlanSchema>['releases'][number];

const published = packagesIn(readRepository((path) => path.endsWith('package.json'))).filter(
  (one) => one.published,
);

/** What the changesets say. */
function plan(folder: string): Release[] {
  const file = join(folder, 'release-plan.json');
  changeset(REPOSITORY_ROOT, 'status', `--output=${relative(REPOSITORY_ROOT, file)}`);
  return PlanSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).releases;
}

/** Packages that changed since the last release and that no changeset names. */
function unnamed(releases: readonly Release[]): string[] {
  const changed = git('diff', '--name-only', lastRelease(), '--', 'packages').split('\n');
  return published
    .filter(({ directory }) => changed.some((file) => file.startsWith(`${directory}/`)))
    .filter(({ name }) => !releases.some((one) => one.name === name && one.changesets.length > 0))
    .map(
      ({ name }) => `${name} changed since ${lastRelease()} and no changeset names it: run pnpm changeset`,
    );
}

/** Changelogs that do not tell of the versions that the changesets lead to. */
function untold(clone: string, releases: readonly Release[]): string[] {
  return published.flatMap(({ name, directory }) => {
    const version = releases.find((one) => one.name === name)?.newVersion;
    if (version === undefined) return [];
    console.log(`${name} ${version}`);
    const changelog = readFileSync(join(clone, directory, 'CHANGELOG.md'), 'utf8');
    const tells = changelog.startsWith(`# ${name}\n`) && changelog.includes(`## ${version}\n`);
    return tells ? [] : [`the changelog of ${name} does not tell of ${version}`];
  });
}

const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-release-'));
try {
  const clone = join(folder, 'clone');
  const releases = plan(folder);
  git('clone', '--quiet', '.', clone);
  symlinkSync(join(REPOSITORY_ROOT, 'node_modules'), join(clone, 'node_modules'), 'dir');
  changeset(clone, 'version');
  for (const problem of [...unnamed(releases), ...untold(clone, releases)]) {
    console.error(problem);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
