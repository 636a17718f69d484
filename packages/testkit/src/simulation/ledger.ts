/** Where somebody acts: on the host's side, or at a tracker by its name. */
export type Place = string;
export const HOST: Place = 'host';

/** One edit by somebody: nothing of the engine's is in it. */
export interface Edit {
  number: number;
  by: Place;
  /** The issue, by the title it was born with. */
  issue: string;
  field: string;
  kind: 'set' | 'add' | 'remove';
  value: string;
  /** What the field showed to whoever did it. */
  saw: string[];
}

export interface Deletion {
  by: Place;
  issue: string;
  /** Every value that the issue showed to whoever deleted it. */
  saw: string[];
  /** How many edits there were before. */
  after: number;
}

/** What everybody did, in order. Titles are never used twice, so a title tells the issue. */
export class Ledger {
  readonly edits: Edit[] = [];
  readonly deletions: Deletion[] = [];
  readonly #issueOfTitle = new Map<string, string>();
  readonly #tell: (line: () => string) => void;
  #tokens = 0;

  constructor(tell: (line: () => string) => void = () => {}) {
    this.#tell = tell;
  }

  token(prefix: string): string {
    return `${prefix}${++this.#tokens}`;
  }

  born(by: Place, title: string): void {
    this.#issueOfTitle.set(title, title);
    this.note({ by, issue: title, field: 'title', kind: 'set', value: title, saw: [] });
  }

  note(edit: Omit<Edit, 'number'>): void {
    if (edit.field === 'title') this.#issueOfTitle.set(edit.value, edit.issue);
    const noted = { ...edit, number: this.edits.length + 1 };
    this.edits.push(noted);
    this.#tell(() => `  edit ${JSON.stringify(noted)}`);
  }

  deleted(by: Place, title: string, saw: string[]): void {
    this.deletions.push({ by, issue: this.issueOf(title), saw, after: this.edits.length });
    this.#tell(() => `  ${by} deletes ${this.issueOf(title)}`);
  }

  /** The issue that shows this title; a merged title holds several. */
  issueOf(title: string): string {
    return this.#issueOfTitle.get(title.split('|')[0] ?? title) ?? title;
  }

  isDeleted(issue: string): boolean {
    return this.deletions.some((deletion) => deletion.issue === issue);
  }

  authorOf(field: string, value: string): Place | undefined {
    return this.edits.find((edit) => edit.field === field && edit.value === value)?.by;
  }
}

/** The single values in a text that a merge may have joined. */
export function tokensIn(value: unknown): string[] {
  if (value === null || value === undefined) return [''];
  if (Array.isArray(value)) return value.flatMap(tokensIn);
  return typeof value === 'object' ? [JSON.stringify(value)] : String(value).split('|');
}
