import { buffer, text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import type { Gateway } from '../clinic/gateway.ts';

/** An audit log as a clinic serves it, below `/audit-log/`. */
export interface RemoteLog {
  /** The latest checkpoint, as text. */
  checkpoint(): Promise<string>;
  /** A tile or an entry bundle, by its path. */
  tile(path: string): Promise<Buffer>;
  /** The sealed records of an entry bundle, a line each. @param take reads them; it begins anew when they were cut */
  records(bundle: string, take: (lines: Readable) => Promise<void>): Promise<void>;
}

export interface RemoteLogParts {
  readonly gateway: Pick<Gateway, 'read'>;
  /** Only records need one. */
  readonly token: () => Promise<string>;
  readonly signal: AbortSignal;
}

export function remoteLog({ gateway, token, signal }: RemoteLogParts): RemoteLog {
  return {
    checkpoint: () => gateway.read({ path: '/audit-log/checkpoint', take: text, signal }),
    tile: (path) => gateway.read({ path: `/audit-log/${path}`, take: buffer, signal }),
    records: (bundle, take) =>
      gateway.read({
        path: `/audit-log/${bundle.replace(/^tile\/entries\//, 'records/')}`,
        take,
        token,
        signal,
      }),
  };
}
