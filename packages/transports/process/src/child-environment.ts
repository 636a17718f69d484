import { isAbsolute } from 'node:path';

const POSIX_NAMES = /^(?:PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|XDG_[A-Z_]+)$/;
/** Without `SystemRoot` no program of Windows opens a socket; names there are told apart without regard to case. */
const WINDOWS_NAMES =
  /^(?:PATH|PATHEXT|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|USERPROFILE|HOMEDRIVE|HOMEPATH|HOME|USERNAME|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES|TEMP|TMP|TZ|LANG|LC_[A-Z]+|XDG_[A-Z_]+)$/i;

/** What a child may see of an environment. */
export interface EnvironmentRules {
  platform: NodeJS.Platform;
  /** Names beside the usual ones. */
  inherit: readonly string[];
  /** Values that are given whatever the environment holds. */
  given: Readonly<Record<string, string>>;
}

/**
 * The environment of a child: the names that a program needs to find its files and to speak the user's language, those
 * that are asked for, and nothing else. Relative parts of `PATH` are left out: they would run what lies in a folder
 * that came from somebody else.
 */
export function childEnvironment(
  source: Readonly<Record<string, string | undefined>>,
  { platform, inherit, given }: EnvironmentRules,
): Record<string, string> {
  const windows = platform === 'win32';
  const folded = (name: string): string => (windows ? name.toUpperCase() : name);
  const asked = new Set(inherit.map(folded));
  const usual = windows ? WINDOWS_NAMES : POSIX_NAMES;
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined || (!usual.test(name) && !asked.has(folded(name)))) continue;
    environment[name] = folded(name) === 'PATH' ? absoluteParts(value, windows) : value;
  }
  return { ...environment, ...given };
}

function absoluteParts(path: string, windows: boolean): string {
  const separator = windows ? ';' : ':';
  return path
    .split(separator)
    .filter((part) => isAbsolute(part))
    .join(separator);
}
