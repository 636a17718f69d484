import { describe, expect, it } from 'vitest';
import { page, pages } from './pages.ts';
import { playPage } from './play-page.ts';
import { serverFor } from './servers.ts';

describe.each(pages)('%s', (name) => {
  it('does what it says', { timeout: 180_000 }, async () => {
    await using server = await serverFor(name);
    await expect(playPage(page(name), server ? { env: server.env } : {})).resolves.toBeUndefined();
  });
});
