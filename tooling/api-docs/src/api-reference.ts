import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, type Context, Converter, Logger, LogLevel } from 'typedoc';
import { type EntryPoint, entryPoints } from './entry-points.ts';

/** What needs a doc comment; a method of a class or an interface counts as a function. */
const DOCUMENTED = ['Function', 'Class', 'Interface', 'TypeAlias', 'Variable'] as const;
const TSCONFIG = fileURLToPath(new URL('../reference-tsconfig.json', import.meta.url));

export interface ApiReferenceOptions {
  /** The root of the repository. */
  root: string;
  /** Where to write it as HTML; without it, it is only looked at. */
  folder?: string;
}

/** Keeps what is wrong, to be told by whoever asked. */
class Problems extends Logger {
  readonly found: string[] = [];

  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.found.push(message);
  }
}

/**
 * The reference of all that published packages export. Answers what is wrong with it: an export without a doc
 * comment, a link that leads nowhere, a type that is part of what is exported and is not exported itself.
 */
export async function apiReference({ root, folder }: ApiReferenceOptions): Promise<string[]> {
  const entries = entryPoints(root);
  const app = await Application.bootstrap({
    name: 'Spec Kitty tracker',
    readme: 'none',
    entryPoints: entries.map(({ source }) => join(root, source)),
    tsconfig: TSCONFIG,
    basePath: root,
    displayBasePath: root,
    disableSources: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    requiredToBeDocumented: [...DOCUMENTED],
    packagesRequiringDocumentation: [...new Set(entries.map(({ packageName }) => packageName))],
    validation: { invalidLink: true, notDocumented: true, notExported: true },
    compilerOptions: { paths: sourcePaths(root, entries) },
  });
  const problems = new Problems();
  app.logger = problems;
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => nameModules(context, entries));
  const project = await app.convert();
  if (project) {
    app.validate(project);
    if (folder !== undefined) await app.generateDocs(project, folder);
  } else problems.found.push('the sources do not compile');
  return problems.found;
}

/** Each package by its sources, so that the types of one lead to those of another. */
const sourcePaths = (root: string, entries: readonly EntryPoint[]): Record<string, string[]> =>
  Object.fromEntries(entries.map(({ specifier, source }) => [specifier, [join(root, source)]]));

/** Modules have the names by which they are imported, not those of their files. */
function nameModules({ project }: Context, entries: readonly EntryPoint[]): void {
  for (const module of project.children ?? []) {
    const entry = entries.find(({ source }) => source === `${module.name}/index.ts`);
    if (entry) module.name = entry.specifier;
  }
}
