import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { type CommandRunner, ConnectorConfigError, ScopeViolationError } from '@spec-kitty/tracker-core';

/** On whose behalf, and in which repository, commands may run. */
export interface CommandScope {
  /** Who acts. */
  actor?: string;
  /** The absolute folder that commands may run in, at any depth. */
  repository?: string;
}

/** A runner that is bound to a scope. */
export interface ScopedRunner extends CommandRunner {
  readonly scope: Readonly<CommandScope>;
}

/** How a command is told who acts. */
export interface ActorWords {
  /** Environment variables that name the actor. They are set by the scope. */
  variables?: readonly string[];
  /** Long options that name the actor, without their dashes. */
  options?: readonly string[];
}

/**
 * Binds a runner to a scope: a command runs in its repository (there is its `cwd` where it names none) and for its actor.
 * `run` rejects with ScopeViolationError, before anything is run, for a command that names another folder or actor.
 * @throws ConnectorConfigError for a scope that names nothing, or a repository that is no absolute path;
 * ScopeViolationError for a runner that is bound to another scope already.
 */
export function scopedRunner(
  runner: CommandRunner,
  scope: CommandScope,
  { variables = [], options = [] }: ActorWords = {},
): ScopedRunner {
  const { actor, repository } = scope;
  if ([actor, repository].every((part) => part === undefined) || actor?.trim() === '')
    throw new ConnectorConfigError('a scope names an actor, a repository or both', { fieldPath: 'scope' });
  if (repository !== undefined && !isAbsolute(repository)) {
    throw new ConnectorConfigError('the repository of a scope is an absolute path', {
      fieldPath: 'scope.repository',
    });
  }
  if (isScoped(runner)) assertSameScope(runner.scope, scope);

  return {
    scope: Object.freeze({ ...scope }),
    async run(command) {
      if (repository !== undefined) await assertInside(repository, command.cwd ?? repository);
      if (actor !== undefined) assertActor(actor, command.args, command.env ?? {}, { variables, options });
      const named = actor === undefined ? {} : Object.fromEntries(variables.map((name) => [name, actor]));
      const cwd = command.cwd ?? repository;
      return runner.run({
        ...command,
        ...(cwd === undefined ? {} : { cwd }),
        ...(variables.length === 0 ? {} : { env: { ...command.env, ...named } }),
      });
    },
  };
}

/**
 * The runner that a connector uses: the host's, bound to the scope where there is one; without either, one of its own.
 * @throws ConnectorConfigError, `fieldPath: 'scope'`, for a scope without a runner of the host's: a scope that nobody
 * but the connector itself holds would be none.
 */
export function runnerFor(
  given: CommandRunner | undefined,
  scope: CommandScope | undefined,
  own: () => CommandRunner,
  actorWords: ActorWords = {},
): CommandRunner {
  if (scope === undefined) return given ?? own();
  if (given) return scopedRunner(given, scope, actorWords);
  throw new ConnectorConfigError(
    'a scope needs a runner that holds it: give one as "run" in the context, or leave "scope" out',
    { fieldPath: 'scope' },
  );
}

/** A scope in one line, to name a binding by. */
export function scopeName({ actor, repository }: CommandScope): string {
  const parts = { actor, repository };
  return Object.entries(parts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function isScoped(runner: CommandRunner): runner is ScopedRunner {
  return 'scope' in runner && typeof runner.scope === 'object' && runner.scope !== null;
}

function violation(what: string, expectedScope: string, actualScope: string): ScopeViolationError {
  return new ScopeViolationError(`${what} is outside of the scope of this connector`, {
    expectedScope,
    actualScope,
    fieldPath: 'scope',
  });
}

function assertSameScope(held: CommandScope, asked: CommandScope): void {
  const wider = (['actor', 'repository'] as const).some(
    (part) => held[part] !== undefined && held[part] !== asked[part],
  );
  if (wider) throw violation('what the runner is bound to', scopeName(asked), scopeName(held));
}

async function assertInside(repository: string, cwd: string): Promise<void> {
  const [root, folder] = await Promise.all([resolved(repository), resolved(resolve(repository, cwd))]);
  const way = relative(root, folder);
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way))
    throw violation('the folder', root, folder);
}

/** With symbolic links followed as far as the path exists. */
async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return resolve(path);
  }
}

function assertActor(
  actor: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { variables, options }: Required<ActorWords>,
): void {
  const named: string[] = [];
  for (const name of variables) if (env[name] !== undefined) named.push(env[name]);
  for (const [index, argument] of args.entries()) {
    for (const name of options) {
      if (argument === `--${name}`) named.push(args[index + 1] ?? '');
      if (argument.startsWith(`--${name}=`)) named.push(argument.slice(name.length + 3));
    }
  }
  const other = named.find((name) => name !== actor);
  if (other !== undefined) throw violation('the actor', actor, other);
}
