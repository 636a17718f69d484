import { join } from 'node:path';
import { installTool } from './package-managers.ts';
import { run } from './run-program.ts';

/** A program that runs JavaScript, and is not Node. */
export interface OtherRuntime {
  readonly name: string;
  readonly parameters: readonly string[];
  /** The package that holds the program, by platform and architecture; the one that others get needs an install script. */
  readonly packages: Readonly<Record<string, string>>;
  /** Where the program is in it. */
  readonly program: string;
}

export const OTHER_RUNTIMES: readonly OtherRuntime[] = [
  {
    name: 'Bun 1.4.5',
    parameters: ['run'],
    packages: {
      'linux-x64': '@oven/bun-linux-x64@1.4.5',
      'linux-arm64': '@oven/bun-linux-aarch64@1.4.5',
      'darwin-arm64': '@oven/bun-darwin-aarch64@1.4.5',
    },
    program: 'bin/bun',
  },
  {
    name: 'Deno 2.9.6',
    // It may read its files, and nothing else: no network, no environment, no programs.
    parameters: ['run', '--no-prompt', '--no-remote', '--node-modules-dir=manual', '--allow-read=.'],
    packages: {
      'linux-x64': '@deno/linux-x64-glibc@2.9.6',
      'linux-arm64': '@deno/linux-arm64-glibc@2.9.6',
      'darwin-arm64': '@deno/darwin-arm64@2.9.6',
    },
    program: 'deno',
  },
];

/** Installs the runtime in `tools`. Answers its program. @throws where there is none for this machine. */
export function installRuntime({ name, packages, program }: OtherRuntime, tools: string): string {
  const wanted = packages[`${process.platform}-${process.arch}`];
  if (wanted === undefined) throw new Error(`there is no ${name} for ${process.platform} ${process.arch}`);
  return join(installTool(tools, wanted), program);
}

/** What the file in the folder prints there. */
export function runIn({ parameters }: OtherRuntime, program: string, folder: string, file: string): string {
  return run(program, [...parameters, file], folder);
}
