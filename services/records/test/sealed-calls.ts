import { once } from 'node:events';
import {
  collect,
  DocumentServer,
  ServerError,
  generateKey,
  identity,
  open,
  publicKeyOf,
  recipient,
  seal,
  streamOf,
} from '@careplane/documents';
import type { Identity, Recipient } from '@careplane/documents';
import type { SpawnedService } from '@careplane/kit/testing';
import type { Caller, RecordsLab } from './records-lab.ts';

/** Somebody with a key pair of their own. */
export interface KeyHolder {
  readonly identity: Identity;
  readonly recipient: Recipient;
}

export async function keyHolder(kind: 'x25519' | 'hybrid' = 'x25519'): Promise<KeyHolder> {
  const key = await generateKey(kind);
  return { identity: identity(key), recipient: recipient(await publicKeyOf(key)) };
}

/** What clients do with documents that the server cannot read. */
export interface SealedCalls {
  /** The client library as a caller. */
  as(caller: Caller, options?: { readonly fetch?: typeof fetch }): DocumentServer;
  /** Uploads text for these people and makes it a document of the record. @returns its id */
  stored(
    text: string,
    by: Caller,
    about: { readonly patient: string; readonly to: readonly KeyHolder[] },
  ): Promise<string>;
  /** Downloads and opens. */
  read(id: string, caller: Caller, holder: KeyHolder): Promise<string>;
}

export function sealedCalls(lab: Pick<RecordsLab, 'url'>): SealedCalls {
  const calls: SealedCalls = {
    as: ({ token }, options) =>
      new DocumentServer({ base: lab.url(), token: () => token, pause: () => Promise.resolve(), ...options }),
    async stored(text, by, { patient, to }) {
      const server = calls.as(by);
      const content = Buffer.from(text);
      const sealed = await seal(
        streamOf(content),
        to.map((one) => one.recipient),
      );
      const of = `Patient/${patient}`;
      const id = await server.upload(sealed, { patient: of, contentBytes: content.length });
      await server.attach(id, of, { type: { text: 'letter' } });
      return id;
    },
    async read(id, caller, { identity: own }) {
      const content = await open(await calls.as(caller).download(id), [own]);
      return Buffer.from(await collect(content)).toString();
    },
  };
  return calls;
}

/** `fetch` that goes to a replica, until its second request with bytes: then the replica is killed, and the rest goes to another one. */
export function killedAfterOnePiece(doomed: SpawnedService, other: () => string): typeof fetch {
  let pieces = 0;
  return async (input, init) => {
    const { pathname, search } = new URL(new Request(input).url);
    if (init?.method === 'PATCH') pieces += 1;
    if (pieces < 2) return fetch(`${doomed.url}${pathname}${search}`, init);
    if (doomed.child.exitCode === null && doomed.child.signalCode === null) {
      const sent = fetch(`${doomed.url}${pathname}${search}`, init);
      doomed.child.kill('SIGKILL');
      await once(doomed.child, 'exit');
      return sent;
    }
    return fetch(`${other()}${pathname}${search}`, init);
  };
}

/** The status by which the clinic refuses; `done` when it does not. */
export function statusOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'done',
    (error: unknown) => (error instanceof ServerError ? error.status : error),
  );
}
