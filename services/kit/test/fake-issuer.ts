import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JSONWebKeySet } from 'jose';

/** Answers every request for its keys as the test says. */
export interface FakeIssuer {
  readonly port: number;
  /** How often it was asked. */
  asked(): number;
  /** What it answers from now on. */
  answer(status: number, keys?: JSONWebKeySet | null): void;
  stop(): Promise<void>;
}

/** Starts one that answers these keys first. */
export async function startFakeIssuer(first: JSONWebKeySet): Promise<FakeIssuer> {
  let asked = 0;
  let answer: { status: number; body: unknown } = { status: 200, body: first };
  const server = createServer((_req, res) => {
    asked += 1;
    res.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked: () => asked,
    answer(status, keys = first): void {
      answer = { status, body: keys };
    },
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
