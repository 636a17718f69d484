import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../src/child-environment.ts';

describe('the environment of a child', () => {
  it.runIf(process.platform !== 'win32')('holds the usual names, those asked for, and no other', () => {
    const source = {
      PATH: '/bin:.::relative/bin:/usr/bin',
      HOME: '/h',
      LC_ALL: 'C.UTF-8',
      XDG_CONFIG_HOME: '/c',
      GITHUB_TOKEN: 'secret',
      NODE_OPTIONS: '--require=/x',
      LD_PRELOAD: '/x',
      BD_DB: '/db',
      path: 'other',
      TZ: undefined,
    };
    expect(
      childEnvironment(source, {
        platform: 'linux',
        inherit: ['BD_DB', 'MISSING'],
        given: { NO_COLOR: '1', HOME: '/g' },
      }),
    ).toEqual({
      PATH: '/bin:/usr/bin',
      HOME: '/g',
      LC_ALL: 'C.UTF-8',
      XDG_CONFIG_HOME: '/c',
      BD_DB: '/db',
      NO_COLOR: '1',
    });
  });

  it('tells names of Windows apart without regard to case', () => {
    const source = { SystemRoot: 'C:\\Windows', Bd_Db: 'x', Token: 'secret', HOMEPATH: '\\me' };
    expect(childEnvironment(source, { platform: 'win32', inherit: ['BD_DB'], given: {} })).toEqual({
      SystemRoot: 'C:\\Windows',
      Bd_Db: 'x',
      HOMEPATH: '\\me',
    });
  });
});
