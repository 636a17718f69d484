#!/usr/bin/env node
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { type Answers, answersFrom, QUESTIONS } from './answers.ts';
import { writePackage } from './write-package.ts';

const USAGE = `Writes a new connector of the Spec Kitty tracker: a package that builds, lints and passes conformance.

npm create spec-kitty-tracker-connector -- [options]

  --name <name>            name of the tracker, in kebab-case; the connector's id
  --category <category>    saas (default), local or reference
  --transport <transport>  http or process (default for local)
  --package <name>         name of the package (default: spec-kitty-tracker-<name>)
  --folder <folder>        where to write it (default: the package's name without its scope)
  --help                   show this

What is not given is asked for.
`;

const say = (text: string): void => void process.stdout.write(text);

function given(): Record<string, string | boolean | undefined> {
  const text = { type: 'string' } as const;
  const options = { name: text, category: text, transport: text, package: text, folder: text };
  return parseArgs({ options: { ...options, help: { type: 'boolean' } } }).values;
}

/** Answers to questions, as long as somebody is there. */
function questioner(): { ask(text: string): Promise<string>; close(): void } | undefined {
  if (!process.stdin.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<never>((_resolve, reject) => {
    lines.once('close', () => reject(new Error('\nit was stopped; nothing was written')));
  });
  // It ends after the last answer, too, when nobody waits for it any more.
  ended.catch(() => undefined);
  return {
    ask: async (text) => (await Promise.race([lines.question(text), ended])).trim(),
    close: () => lines.close(),
  };
}

async function answer(values: Record<string, string | boolean | undefined>): Promise<Answers> {
  const found: Record<string, string> = {};
  const person = questioner();
  try {
    for (const { name, text, preset, problem } of QUESTIONS) {
      const known = values[name];
      const usual = preset(found);
      let value = typeof known === 'string' ? known : person ? undefined : usual;
      if (value === undefined && !person)
        throw new Error(`--${name} is missing, and nobody is there to be asked`);
      while (value === undefined) {
        const typed = await person?.ask(`${text}${usual === undefined ? '' : ` [${usual}]`}: `);
        const one = typed || (usual ?? '');
        const wrong = problem(one);
        if (wrong === undefined) value = one;
        else say(`${wrong}\n`);
      }
      const wrong = problem(value);
      if (wrong !== undefined) throw new Error(`--${name}: ${wrong}`);
      found[name] = value;
    }
  } finally {
    person?.close();
  }
  return answersFrom(found);
}

try {
  const values = given();
  if (values['help'] === true) say(USAGE);
  else {
    const answers = await answer(values);
    const folder = resolve(String(values['folder'] ?? answers.packageName.replace(/^@[^/]*\//, '')));
    const files = await writePackage(folder, answers);
    say(`
${files.length} files in ${folder}. Next:

  cd ${folder}
  npm install
  npm run format && npm run check && npm test

Its tests read from an emulator of a made-up tracker. Make src/client.ts,
src/answers.ts and test/emulator.ts those of yours; conformance tells
what is missing.
`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
  process.exitCode = 2;
}
