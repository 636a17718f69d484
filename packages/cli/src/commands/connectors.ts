import type { PluginManifest, TrackerCapabilities } from '@spec-kitty/tracker-core';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../host/context.ts';
import { findPlugins } from '../host/plugins.ts';
import { counted } from '../output/names.ts';
import { line, look, shown } from '../output/shown.ts';
import { type Column, table } from '../output/table.ts';

/** What is installed, what each can do, what was rejected and why. */
export async function connectorsCommand({ io, printer }: CommandContext): Promise<ExitCode> {
  const { found, rejected } = await findPlugins(io.cwd);
  const connectors = found.map(({ manifest }) => {
    const { id, displayName, category, capabilities, credentials } = manifest;
    return { id, displayName, category, capabilities, credentials };
  });
  printer.document({ connectors, rejected });
  if (connectors.length === 0) {
    printer.result(
      line`No connector is installed. For Beads, run: ${look('cyan', 'npm install @spec-kitty/tracker-beads')}`,
    );
  } else {
    printer.results(table(connectors, COLUMNS, printer.width));
  }
  if (rejected.length > 0) {
    printer.result();
    printer.result(line`${look('yellow', counted(rejected.length, 'package'))} rejected`);
    const columns: Column<(typeof rejected)[number]>[] = [
      { title: 'package', value: (entry) => entry.package, shrinksTo: 16 },
      {
        title: 'why',
        value: ({ reason, code }) => line`${shown(reason)} ${look('dim', `[${code}]`)}`,
        shrinksTo: 20,
      },
    ];
    printer.results(table(rejected, columns, printer.width - 2).map((each) => line`  ${each}`));
  }
  return EXIT.done;
}

type Row = Pick<PluginManifest, 'id' | 'displayName' | 'category' | 'capabilities' | 'credentials'>;

const COLUMNS: readonly Column<Row>[] = [
  { title: 'connector', value: ({ id }) => look('bold', id) },
  { title: 'name', value: ({ displayName }) => displayName, shrinksTo: 12, optional: 2 },
  {
    title: 'access',
    value: ({ capabilities }) => (capabilities.supportsWrite === false ? 'read' : 'read, write'),
  },
  { title: 'can', value: ({ capabilities }) => abilities(capabilities), shrinksTo: 20 },
  {
    title: 'credentials',
    value: ({ credentials }) => credentials.map(({ env }) => env).join(', '),
    shrinksTo: 16,
    optional: 1,
  },
];

const ABILITIES: readonly [keyof TrackerCapabilities, string][] = [
  ['supportsHierarchy', 'parents'],
  ['supportsDependencies', 'links'],
  ['supportsCustomFields', 'custom fields'],
  ['supportsComments', 'comments'],
  ['supportsDelete', 'deletion'],
  ['supportsWebhooks', 'webhooks'],
];

function abilities(capabilities: TrackerCapabilities): string {
  return ABILITIES.flatMap(([flag, word]) => (capabilities[flag] === true ? [word] : [])).join(', ');
}
