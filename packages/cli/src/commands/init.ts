import { lstat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { JsonObject, JsonValue, PluginManifest } from '@spec-kitty/tracker-core';
import { ignoreStore } from '../config/ignore-store.ts';
import { type OptionField, optionFields, optionValue } from '../config/option-fields.ts';
import { parseConfig } from '../config/read-config.ts';
import { CONFIG_FILE } from '../config/schema.ts';
import { trustClaims } from '../config/trust-claims.ts';
import { addTrust } from '../config/trust-file.ts';
import { UsageError } from '../config/usage-error.ts';
import { INIT_POLICIES } from '../define-setup.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { Declined, Interview, type Question } from '../host/interview.ts';
import { findPlugins } from '../host/plugins.ts';
import { counted } from '../output/names.ts';
import { line, look } from '../output/shown.ts';

export interface InitOptions {
  connector?: string;
  /** Each `key=value`. */
  option?: string[];
  store?: string;
  binding?: string;
  policy?: string;
  yes?: boolean;
}

const SCHEMA = './node_modules/@spec-kitty/tracker-cli/dist/config.schema.json';
const SHARED = 'shared';

/** Writes a config file from answers and options. Nothing is written before the last answer. */
export async function initCommand(context: CommandContext, options: InitOptions): Promise<ExitCode> {
  const { io, printer } = context;
  const file = resolve(io.cwd, context.configFile ?? CONFIG_FILE);
  await requireNew(file);
  const folder = dirname(file);
  try {
    const manifest = await chosenConnector(context, folder, options);
    const interview = new Interview(context, { defaults: options.yes ?? false });
    const connectorOptions = await answeredOptions(context, interview, manifest, options.option ?? []);
    const binding = await interview.answer(
      wordQuestion('--binding', 'Name of the binding', manifest.id),
      options.binding,
    );
    const policy = await interview.answer(policyQuestion(), options.policy);
    const store = await interview.answer(
      wordQuestion('--store', 'File of the store', 'issues.sqlite'),
      options.store,
    );
    interview.requireAll();
    const name = binding ?? manifest.id;
    const text = configText({
      store: store ?? '',
      name,
      binding: {
        connector: manifest.id,
        ...(Object.keys(connectorOptions).length === 0 ? {} : { options: connectorOptions }),
        ...(policy === undefined || policy === SHARED ? {} : { policy }),
      },
    });
    const config = parseConfig(file, text);
    await writeNew(file, text);
    // Who gave the value here has said that it is meant.
    const claims = trustClaims(name, { connector: manifest.id, options: connectorOptions }, manifest);
    if (claims.length > 0) await addTrust(io.env, file, claims, new Date());
    const ignored = await ignoreStore(folder, resolve(folder, config.store.path ?? ''));
    const environment = variablesOf(manifest, connectorOptions).map((variable) => ({
      name: variable,
      set: Boolean(io.env[variable]),
    }));
    printer.document({ config: file, binding: name, connector: manifest.id, store, ignored, environment });
    printer.result(line`${look('green', 'Written:')} ${file}`);
    if (ignored.length > 0)
      printer.result(line`.gitignore: ${counted(ignored.length, 'line')} added for the store`);
    for (const variable of environment) {
      if (!variable.set) printer.result(line`Set ${look('bold', variable.name)} in the environment.`);
    }
    printer.results([
      line`Next: ${look('cyan', 'spec-kitty-tracker doctor')}`,
      line`then: ${look('cyan', 'spec-kitty-tracker pull')}`,
    ]);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof Declined)) throw error;
    printer.document({ declined: true });
    printer.note(line`Nothing was written.`);
    return EXIT.failures;
  }
}

async function requireNew(file: string): Promise<void> {
  if (!(await lstat(file).catch(() => undefined))) return;
  throw new UsageError(`${file} is there already and stays as it is`, {
    code: 'config_exists',
    fieldPath: '--config',
    hint: 'Edit it, or make another one with --config FILE.',
  });
}

async function chosenConnector(
  context: CommandContext,
  folder: string,
  { connector, yes = false }: InitOptions,
): Promise<PluginManifest> {
  const { found } = await findPlugins(folder);
  const manifests = found.map(({ manifest }) => manifest);
  const ids = manifests.map(({ id }) => id).join(', ');
  if (manifests.length === 0) {
    throw new UsageError('no connector is installed', {
      code: 'connector_missing',
      fieldPath: '--connector',
      hint: 'Install one beside the config file. For Beads, run: npm install @spec-kitty/tracker-beads',
    });
  }
  const interview = new Interview(context, { defaults: yes });
  const [only, ...others] = manifests;
  const chosen = await interview.answer<PluginManifest>(
    {
      flag: `--connector (${ids})`,
      text: `Connector: ${ids}`,
      ...(only && others.length === 0 ? { fallback: { value: only, shown: only.id } } : {}),
      parse: (text) => {
        const value = manifests.find(({ id }) => id === text);
        const install = /^[a-z][a-z0-9-]*$/.test(text) ? `; run npm install @spec-kitty/tracker-${text}` : '';
        return value ? { value } : { problem: `${text} is not installed (installed: ${ids})${install}` };
      },
    },
    connector,
  );
  interview.requireAll();
  if (chosen) return chosen;
  throw new Declined();
}

async function answeredOptions(
  { io }: CommandContext,
  interview: Interview,
  manifest: PluginManifest,
  given: readonly string[],
): Promise<JsonObject> {
  const fields = optionFields(manifest);
  const values = givenOptions(given, fields, manifest.id);
  const answered: JsonObject = {};
  // What has to be said comes first.
  for (const field of fields.toSorted((a, b) => Number(b.required) - Number(a.required))) {
    const { name, env } = field;
    // Nobody types a table: one that may be left out is written into the file by hand.
    if (field.schema['type'] === 'object' && !field.required && !values.has(name)) continue;
    const value =
      env === undefined
        ? await interview.answer(optionQuestion(field), values.get(name))
        : await secretReference(interview, field, env, Boolean(io.env[env]), values.get(name));
    if (value !== undefined && value !== null && value !== field.default) answered[name] = value;
  }
  return answered;
}

function givenOptions(
  given: readonly string[],
  fields: readonly OptionField[],
  connector: string,
): Map<string, string> {
  const values = new Map<string, string>();
  for (const text of given) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    const names = fields.map((field) => field.name);
    if (name === undefined || value === undefined || !names.includes(name)) {
      const problem = name === undefined ? 'expected key=value' : `${connector} has no option ${name}`;
      throw new UsageError(`--option: ${problem}; its options are ${names.join(', ')}`, {
        code: 'option_unknown',
        fieldPath: '--option',
      });
    }
    values.set(name, value);
  }
  return values;
}

function optionQuestion(field: OptionField): Question<JsonValue> {
  const { name, schema, required } = field;
  const { description } = schema;
  const about = typeof description === 'string' ? ` (${description})` : '';
  const fallback =
    field.default === undefined
      ? { value: null, shown: 'leave out' }
      : {
          value: field.default,
          shown: typeof field.default === 'string' ? field.default : JSON.stringify(field.default),
        };
  return {
    flag: `--option ${name}=…`,
    text: `${name}${about}`,
    ...(required && field.default === undefined ? {} : { fallback }),
    parse: (text) => optionValue(field, text),
  };
}

/** A secret is never asked for, only where it comes from. */
async function secretReference(
  interview: Interview,
  { name, required }: OptionField,
  env: string,
  set: boolean,
  given: string | undefined,
): Promise<string | undefined> {
  const reference = `\${env:${env}}`;
  if (given !== undefined) {
    if (/^\$\{env:[A-Za-z_]\w*\}$/.test(given)) return given;
    throw new UsageError(`${name} is a secret and must not stand in the config file`, {
      code: 'config_plain_secret',
      fieldPath: '--option',
      hint: `Say --option '${name}=${reference}', and set ${env} in the environment.`,
    });
  }
  if (required) return reference;
  const uses = await interview.answer<boolean>({
    flag: `--option ${name}=…`,
    text: `Take ${name} from the environment variable ${env}? yes, no`,
    fallback: { value: set, shown: set ? 'yes' : 'no' },
    parse: (text) =>
      /^(y|yes|n|no)$/i.test(text) ? { value: /^y/i.test(text) } : { problem: 'say yes or no' },
  });
  return uses ? reference : undefined;
}

function policyQuestion(): Question<string> {
  return {
    flag: '--policy',
    text: `Who may write the fields: ${INIT_POLICIES.join(', ')}`,
    fallback: { value: SHARED, shown: SHARED },
    parse: (text) =>
      INIT_POLICIES.includes(text)
        ? { value: text }
        : { problem: `expected one of ${INIT_POLICIES.join(', ')}` },
  };
}

function wordQuestion(flag: string, text: string, usual: string): Question<string> {
  return {
    flag,
    text,
    fallback: { value: usual, shown: usual },
    parse: (value) => (value.trim() === '' ? { problem: 'it is blank' } : { value }),
  };
}

function configText({ store, name, binding }: { store: string; name: string; binding: JsonObject }): string {
  return `${JSON.stringify({ $schema: SCHEMA, store: { path: store }, bindings: { [name]: binding } }, null, 2)}\n`;
}

function variablesOf({ credentials }: PluginManifest, options: JsonObject): string[] {
  return credentials.flatMap(({ name, secret }) => {
    const value = options[name];
    const variable = secret && typeof value === 'string' ? /^\$\{env:(\w+)\}$/.exec(value)?.[1] : undefined;
    return variable === undefined ? [] : [variable];
  });
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new UsageError(`${file} cannot be written (${why})`, {
      code: 'output_unusable',
      fieldPath: '--config',
      cause,
    });
  }
}
