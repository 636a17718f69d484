import { createGithubEmulator, createNangoEmulator, serve, VirtualTime } from '@spec-kitty/tooling-emulators';

export interface PageServer extends AsyncDisposable {
  /** By which the page's program finds it. */
  env: Record<string, string>;
}

/** GitHub behind Nango, with a repository of one issue. */
async function nango(): Promise<PageServer> {
  const time = new VirtualTime('2026-01-01T00:00:00.000Z');
  const github = createGithubEmulator({ time, logins: ['ada'] });
  github.state.create('ada', { title: 'Checkout rejects valid coupons' });
  const proxy = createNangoEmulator({ time });
  proxy.connections.set('user-1-github', {
    providerConfigKey: 'github-app',
    provider: github,
    base: 'https://api.github.com',
    headers: { authorization: `Bearer ${github.token}` },
  });
  const server = await serve(proxy);
  return {
    env: { NANGO_SECRET_KEY: proxy.secret, NANGO_BASE_URL: server.url },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const SERVERS: Readonly<Record<string, () => Promise<PageServer>>> = { 'hosted.md': nango };

/** The server of a page whose program needs one, on this machine. */
export async function serverFor(page: string): Promise<PageServer | undefined> {
  return SERVERS[page]?.();
}
