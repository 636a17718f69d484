import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What kind of fp this is. */
export interface Settings {
  version: string;
  /** What an extension adds. */
  statuses: string[];
  /** Properties that an extension registered. */
  registered: string[];
  /** Older builds show no properties. */
  showsProperties: boolean;
  /** Dies after a command of these words was done, and before it answers. */
  dieAfter?: string;
  /** Takes an empty value for no value. */
  keepsWhatIsEmptied?: boolean;
}

export interface StoredIssue {
  id: string;
  number: number;
  title: string;
  description: string;
  status: string;
  priority: string | null;
  parent: string | null;
  dependencies: string[];
  createdAt: string;
  updatedAt: string;
  properties: Record<string, string | string[]>;
}

export interface StoredComment {
  id: string;
  issueId: string;
  author: string;
  content: string;
  createdAt: string;
}

export interface State {
  settings: Settings;
  issues: StoredIssue[];
  comments: StoredComment[];
  /** Counts what was made and changed; the time is made of it. */
  ticks: number;
}

export const SETTINGS: Settings = {
  version: '0.25.0 (d818046)',
  statuses: [],
  registered: ['labels'],
  showsProperties: true,
};

const fileIn = (home: string): string => join(home, '.fiberplane', 'project.json');

export function load(home: string): State {
  const file = fileIn(home);
  if (!existsSync(file)) return { settings: { ...SETTINGS }, issues: [], comments: [], ticks: 0 };
  // It is our own file.
  return JSON.parse(readFileSync(file, 'utf8')) as State;
}

/** Whole or not at all, so that a kill at any moment leaves a state. */
export function save(home: string, state: State): void {
  const file = fileIn(home);
  mkdirSync(join(home, '.fiberplane'), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}

export function tick(state: State): string {
  state.ticks += 1;
  return new Date(Date.parse('2026-10-04T18:47:55.827Z') + state.ticks).toISOString();
}

/** 32 letters. */
export function newId(state: State): string {
  const digest = createHash('sha256').update(String(state.ticks)).digest();
  return [...digest].map((byte) => 'abcdefghijklmnopqrstuvwxyz'[byte % 26]).join('');
}

/** Whether this version prints JSON. */
export const printsJson = ({ version }: Settings): boolean => Number(version.split('.')[1]) >= 23;
