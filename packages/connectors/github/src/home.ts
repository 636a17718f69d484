/** The repository under all its names: GitHub takes them in any case, and goes on taking those from before a rename. */
export class Home {
  /** As configured: refs keep it over a rename. */
  readonly workspace: string;
  readonly #names: Set<string>;

  constructor(workspace: string) {
    this.workspace = workspace;
    this.#names = new Set([workspace.toLowerCase()]);
  }

  /** What GitHub calls it now. */
  learn(nameWithOwner: string): void {
    this.#names.add(nameWithOwner.toLowerCase());
  }

  is(nameWithOwner: string): boolean {
    return this.#names.has(nameWithOwner.toLowerCase());
  }

  /** The workspace of an issue in the repository of this name. */
  workspaceOf(nameWithOwner: string): string {
    return this.is(nameWithOwner) ? this.workspace : nameWithOwner;
  }
}
