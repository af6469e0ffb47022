import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import type { TestIssuer } from './issuer.ts';

/** Identity as other services ask it: who is there, and everything that a test issuer answers. */
export interface TestIdentity {
  readonly url: string;
  readonly persons: Set<string>;
  stop(): Promise<void>;
}

const PERSON = /^\/internal\/persons\/(?:Patient|Practitioner)\/([^/]+)$/;

export async function startTestIdentity(issuer: TestIssuer): Promise<TestIdentity> {
  const persons = new Set<string>();
  const answerTo = async (
    path: string,
    request: { readonly method: string; readonly body?: string },
  ): Promise<{ status: number; text: string }> => {
    const id = PERSON.exec(path)?.[1];
    if (id !== undefined)
      return { status: persons.has(id) ? 200 : 404, text: JSON.stringify({ active: true }) };
    const answer = await fetch(`${issuer.url}${path}`, request);
    return { status: answer.status, text: await answer.text() };
  };
  const server = createServer((req, res) => {
    const answer = async (): Promise<void> => {
      const { method = 'GET' } = req;
      const request = method === 'GET' ? { method } : { method, body: await textOf(req) };
      const { status, text } = await answerTo(req.url ?? '', request);
      res.writeHead(status, { 'content-type': 'application/json' }).end(text);
    };
    void answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    persons,
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
