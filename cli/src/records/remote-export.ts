import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { FOR_NOW, refused, waitOf } from '../clinic/gateway.ts';
import type { Gateway, GatewayAnswer } from '../clinic/gateway.ts';
import { Failure } from '../failure.ts';

const manifest = z.object({
  transactionTime: z.string(),
  request: z.string(),
  output: z.array(z.object({ type: z.string().regex(/^[A-Za-z]{1,64}$/), url: z.url() })),
});

/** The files of an export (hl7.org/fhir/uv/bulkdata/STU2/export.html#response---output-manifest). */
export type Manifest = z.infer<typeof manifest>;

/** A bulk export as a clinic serves it. Places are paths below the gateway's address. */
export interface RemoteExport {
  /** Begins an export. @returns where it is asked after */
  begin(request: string): Promise<string>;
  /** Waits until the files are known. @throws ExportGone, Failure */
  manifest(place: string): Promise<Manifest>;
  /** @param take reads a file; it begins anew when the file was cut */
  file(url: string, take: (lines: Readable) => Promise<void>): Promise<void>;
  /** Ends an export; one that is gone is none. */
  remove(place: string): Promise<void>;
}

export interface RemoteExportParts {
  readonly gateway: Pick<Gateway, 'ask' | 'read'>;
  readonly token: () => Promise<string>;
  readonly signal: AbortSignal;
}

/** The clinic has no such export, or not for this app. */
export class ExportGone extends Error {}

const FHIR_JSON = 'application/fhir+json';
const ASK_AGAIN_MS = 1_000;

export function remoteExport({ gateway, token, signal }: RemoteExportParts): RemoteExport {
  const ask = async (method: 'GET' | 'DELETE', path: string): Promise<GatewayAnswer> => {
    const headers = { accept: FHIR_JSON, prefer: 'respond-async', authorization: `Bearer ${await token()}` };
    return gateway.ask({ method, path, headers });
  };
  return {
    async begin(request): Promise<string> {
      const { status, headers, body } = await ask('GET', request);
      const place = headers['content-location'];
      if (status === 202 && typeof place === 'string') return new URL(place).pathname;
      throw refused(status, `GET ${request}`, body);
    },
    async manifest(place): Promise<Manifest> {
      for (;;) {
        signal.throwIfAborted();
        const { status, headers, body } = await ask('GET', place);
        if (status === 200) return manifestIn(body);
        if (status === 404) throw new ExportGone();
        if (status !== 202 && !FOR_NOW.has(status)) throw refused(status, `GET ${place}`, body);
        await pause(waitOf(headers).waitMs ?? ASK_AGAIN_MS, undefined, { signal });
      }
    },
    // the clinic is asked at the address by which it is reached from here
    file: (url, take) => gateway.read({ path: new URL(url).pathname, take, token, signal }),
    async remove(place): Promise<void> {
      const { status, body } = await ask('DELETE', place);
      if (status !== 202 && status !== 404) throw refused(status, `DELETE ${place}`, body);
    },
  };
}

function manifestIn(body: unknown): Manifest {
  const { success, data } = manifest.safeParse(body);
  if (success) return data;
  throw new Failure('the clinic answers no manifest of a bulk export: does --url name its gateway?');
}
