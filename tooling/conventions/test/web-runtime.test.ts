import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';
import { webScenarioScript } from '../src/web-bundle.ts';
import { webScenario } from '../src/web-scenario.ts';

/** What every runtime of the web has beside the language itself. */
const WEB_GLOBALS = [
  'AbortController',
  'AbortSignal',
  'atob',
  'Blob',
  'btoa',
  'clearTimeout',
  'console',
  'crypto',
  'DOMException',
  'Event',
  'EventTarget',
  'FormData',
  'Headers',
  'queueMicrotask',
  'ReadableStream',
  'Request',
  'Response',
  'setTimeout',
  'structuredClone',
  'TextDecoder',
  'TextEncoder',
  'TransformStream',
  'URL',
  'URLSearchParams',
  'WritableStream',
] as const;

const OF_NODE = [
  'process',
  'Buffer',
  'require',
  'module',
  'global',
  'setImmediate',
  '__dirname',
  '__filename',
];

/** A place with the language and these globals, and no more; it makes no code of text either, as strict pages do not. */
function webRuntime(): (script: string) => unknown {
  const globals = Object.fromEntries(WEB_GLOBALS.map((name) => [name, Reflect.get(globalThis, name)]));
  const context = createContext(globals, { codeGeneration: { strings: false, wasm: false } });
  runInContext('globalThis.self = globalThis', context);
  return (script) => runInContext(script, context);
}

it('a runtime of the web has nothing of Node', () => {
  const run = webRuntime();
  expect(OF_NODE.map((name) => run(`typeof ${name}`))).toEqual(OF_NODE.map(() => 'undefined'));
  expect(() => run('new Function("return 1")')).toThrow(/code generation/i);
});

it('core and connectors run in it, and come to the same text as in Node', async () => {
  const run = webRuntime();
  run(await webScenarioScript());
  const there = await run('scenario.webScenario()');
  const here = await webScenario();
  expect(there).toBe(here);
  const { sync, pull, transport } = JSON.parse(here);
  expect(sync.results.map(({ failures }: { failures: unknown[] }) => failures)).toEqual([[], [], [], []]);
  expect(sync.results[0].stats.pushedCreated).toBe(3);
  expect(sync.conflicts).toMatchObject([{ field: 'title', status: 'resolved', resolvedValue: 'Both' }]);
  const settled = sync.there.items.find(({ title }: { title: string }) => title === 'Both');
  expect(settled).toMatchObject({ body: 'Text', priority: 1 });
  expect(settled.labels.sort()).toEqual(['a', 'c', 'd']);
  expect(pull).toMatchObject({
    result: { failures: [], stats: { pulledCreated: 1 } },
    here: [{ title: 'Show delivery dates' }],
  });
  expect(transport).toEqual({ refusal: expect.stringMatching(/403/), signed: true, forged: false });
  expect(transport.refusal).not.toContain('a-token');
});
