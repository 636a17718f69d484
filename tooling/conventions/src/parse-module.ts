import { parseSync } from 'oxc-parser';

export interface ModuleImport {
  readonly specifier: string;
  /** `export * from` or `export * as name from`. */
  readonly wildcard: boolean;
}

export interface ParsedModule {
  readonly imports: readonly ModuleImport[];
  /** False for a file that is still only `export {}`. */
  readonly hasContent: boolean;
}

export function parseModule(path: string, text: string): ParsedModule {
  const parsed = parseSync(path, text);
  const failure = parsed.errors.find((error) => error.severity === 'Error');
  if (failure) throw new SyntaxError(`${path}: ${failure.message}`);

  const imports: ModuleImport[] = [];
  for (const statement of parsed.module.staticImports) {
    imports.push({ specifier: statement.moduleRequest.value, wildcard: false });
  }
  for (const statement of parsed.module.staticExports) {
    for (const entry of statement.entries) {
      if (!entry.moduleRequest) continue;
      const wildcard = entry.importName.kind === 'All' || entry.importName.kind === 'AllButDefault';
      imports.push({ specifier: entry.moduleRequest.value, wildcard });
    }
  }
  for (const call of parsed.module.dynamicImports) {
    const argument = text.slice(call.moduleRequest.start, call.moduleRequest.end);
    const literal = /^(['"`])([^'"`$]+)\1$/.exec(argument)?.[2];
    if (literal !== undefined) imports.push({ specifier: literal, wildcard: false });
  }
  return { imports, hasContent: text.replace(/^#!.*\n/, '').trim() !== 'export {};' };
}
