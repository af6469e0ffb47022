import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { ERASURES_PATH, erasureReport } from '../erasure/ledger.ts';
import type { TestIssuer } from './issuer.ts';

/** Identity as other services ask it: who is there, and everything that a test issuer answers. */
export interface TestIdentity {
  readonly url: string;
  readonly persons: Set<string>;
  /** Ids of erasures by that of the patient: what it tells, and what services have reported. */
  readonly erased: Map<string, string>;
  stop(): Promise<void>;
}

const PERSON = /^\/internal\/persons\/(?:Patient|Practitioner)\/([^/]+)$/;

export async function startTestIdentity(issuer: TestIssuer): Promise<TestIdentity> {
  const persons = new Set<string>();
  const erased = new Map<string, string>();
  const answerTo = async (
    path: string,
    request: { readonly method: string; readonly body?: string },
  ): Promise<{ status: number; text: string }> => {
    const id = PERSON.exec(path)?.[1];
    if (id !== undefined)
      return { status: persons.has(id) ? 200 : 404, text: JSON.stringify({ active: true }) };
    if (path.startsWith(ERASURES_PATH)) return { status: 200, text: erasures(erased, path, request.body) };
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
    erased,
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function erasures(erased: Map<string, string>, path: string, report: string | undefined): string {
  const after = new URL(path, 'http://identity').searchParams.get('after') ?? '';
  if (report !== undefined)
    for (const one of erasureReport.parse(JSON.parse(report)).erasures)
      erased.set(one.patientId, one.erasureId);
  const entries = [...erased].filter(([patientId]) => patientId > after).sort();
  const told = entries.map(([patientId, erasureId]) => ({ patientId, erasureId, proof: 'proof' }));
  return JSON.stringify({ erasures: told });
}
