import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** When a connection is cut: before its COMMIT reaches the server, or once the server has answered it. */
export type Cut = 'before_commit' | 'after_commit';

/** A simple query as it is on the wire. */
const COMMIT: Buffer = Buffer.from('COMMIT\0');

/** Between a store and a server, on the loopback. Cuts connections as told, one for each cut. */
export class CuttingProxy {
  readonly cuts: Cut[] = [];
  /** From the first cut on no connection is taken any more. */
  refusesAfterCut = false;
  readonly #target: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #refuses = false;

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((client) => this.#relay(client));
  }

  static async listen(connectionString: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(new URL(connectionString));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The connection string by which the server is reached through here. */
  get connectionString(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new TypeError('it does not listen');
    const url = new URL(this.#target.href);
    url.hostname = '127.0.0.1';
    url.port = String(address.port);
    return url.href;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #relay(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const cut = (): void => {
      this.#refuses ||= this.refusesAfterCut;
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    if (this.#refuses) {
      client.destroy();
      return;
    }
    let answerIsCut = false;
    client.on('data', (data) => {
      const kind = data.includes(COMMIT) ? this.cuts.shift() : undefined;
      if (kind === 'before_commit') return cut();
      if (kind === 'after_commit') answerIsCut = true;
      server.write(data);
    });
    server.on('data', (data) => {
      // The answer says that the transaction is kept; nobody hears it.
      if (answerIsCut) cut();
      else client.write(data);
    });
  }
}
