import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A wire between the browser and the viewer that can be cut and mended, and that hears what passes. */
export class Wire {
  /** What the browser asked, and what it was told, since the wire was mended last. */
  asked = "";
  told = "";
  private readonly sockets = new Set<Socket>();
  private port = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async to(target: string): Promise<Wire> {
    const wire: Wire = new Wire(
      createServer((near) => wire.join(near)),
      new URL(target),
    );
    await wire.mend();
    return wire;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  private join(near: Socket) {
    const far = connect(Number(this.target.port), this.target.hostname);
    near.on("data", (d) => {
      this.asked += d.toString("latin1");
    });
    far.on("data", (d) => {
      this.told += d.toString("latin1");
    });
    for (const socket of [near, far]) {
      this.sockets.add(socket);
      // A cut wire is what is tested: no error of a socket is one of the test.
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  }

  /** Every connection ends, and no new one comes up. */
  async cut() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  async mend() {
    this.asked = this.told = "";
    await new Promise<void>((resolve) => this.server.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }
}
