import {
  type BindingRow,
  isTrackerError,
  type SyncEngineOptions,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import { type LoadedConfig, readConfig } from '../config/read-config.ts';
import type { BindingConfig } from '../config/schema.ts';
import { UsageError } from '../config/usage-error.ts';
import { connectBinding, engineOptionsOf, type OpenBinding } from './connect-binding.ts';
import type { CommandContext } from './context.ts';
import { openStore } from './open-store.ts';
import { findPlugins, type Plugins } from './plugins.ts';

/** Config file, store and connectors of one command. */
export class Host implements AsyncDisposable {
  readonly loaded: LoadedConfig;
  readonly store: SyncStore;
  /** The file, or the schema and the tenant, as they are shown. */
  readonly storePlace: string;
  readonly #context: CommandContext;
  readonly #open = new Map<string, OpenBinding>();
  /** Two bindings under one token share its limits. */
  readonly #shared = new Map<string, unknown>();
  #plugins: Promise<Plugins> | undefined;

  constructor(context: CommandContext, loaded: LoadedConfig, store: SyncStore, storePlace: string) {
    this.#context = context;
    this.loaded = loaded;
    this.store = store;
    this.storePlace = storePlace;
  }

  get bindingNames(): string[] {
    return Object.keys(this.loaded.config.bindings);
  }

  /** The bindings of these names; all of the config file where none is named. @throws UsageError */
  async bindings(names: readonly string[] = []): Promise<OpenBinding[]> {
    const opened: OpenBinding[] = [];
    for (const name of new Set(names.length > 0 ? names : this.bindingNames))
      opened.push(await this.binding(name));
    return opened;
  }

  /** @throws UsageError */
  async binding(name: string): Promise<OpenBinding> {
    const open = this.#open.get(name);
    if (open) return open;
    const config = bindingConfig(this.loaded, name);
    this.#plugins ??= findPlugins(this.loaded.folder);
    const made = await connectBinding(this.#context, this.loaded, await this.#plugins, name, config, {
      shared: this.#shared,
    });
    const twin = [...this.#open.values()].find(({ id }) => id === made.id);
    if (twin) {
      await made.connector[Symbol.asyncDispose]();
      throw samePlace(twin.name, name);
    }
    this.#open.set(name, made);
    return made;
  }

  /** What the store keeps of a binding; undefined before its first run. */
  async row(binding: OpenBinding): Promise<BindingRow | undefined> {
    return (await this.store.backend.bindings()).find((row) => row.id === binding.id);
  }

  engineOptions(binding: OpenBinding): SyncEngineOptions {
    return engineOptionsOf(binding, this.store);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { connector } of this.#open.values()) await connector[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }
}

/** Two bindings of one place would share its checkpoint and lease, and undo each other's policy. */
export function samePlace(first: string, second: string): UsageError {
  return new UsageError(`the bindings ${first} and ${second} are the same place of the same tracker`, {
    code: 'binding_duplicate',
    fieldPath: `bindings.${second}`,
    hint: 'Keep one of them, or give one another workspace or scope in its options.',
  });
}

/** What a config file says of a binding. @throws UsageError where it has none of that name */
export function bindingConfig({ config: { bindings }, file }: LoadedConfig, name: string): BindingConfig {
  const config = Object.hasOwn(bindings, name) ? bindings[name] : undefined;
  if (config) return config;
  throw new UsageError(`there is no binding "${name}" in ${file}`, {
    code: 'binding_unknown',
    fieldPath: `bindings.${name}`,
    hint: `Its bindings are: ${Object.keys(bindings).join(', ')}`,
  });
}

/** @throws UsageError */
export async function openHost(context: CommandContext): Promise<Host> {
  const loaded = await readConfig(context.io.cwd, context.configFile);
  const { store, place } = await openStore(context, loaded);
  try {
    await putPeople(store, loaded);
    return new Host(context, loaded, store, place);
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** The table of the config file is the one that counts, where there is one. */
export async function putPeople(store: SyncStore, { config }: LoadedConfig): Promise<void> {
  const { people } = config;
  if (!people || JSON.stringify(await store.getPeople()) === JSON.stringify(people)) return;
  try {
    await store.setPeople(people);
  } catch (error) {
    if (!isTrackerError(error) || error.code !== 'connector_config') throw error;
    throw new UsageError(error.message, {
      code: error.code,
      fieldPath: error.fieldPath ?? 'people',
      cause: error,
    });
  }
}
