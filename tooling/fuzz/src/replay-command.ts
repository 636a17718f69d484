/** What to type to see a failure again: that input alone. */
export function replayCommand(target: string, failure: { seed: number; path: string }): string {
  return `pnpm fuzz --target ${target} --seed ${failure.seed} --path ${failure.path}`;
}
