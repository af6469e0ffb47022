import { createHash } from 'node:crypto';
import type { Answer, Caller, RecordsLab } from './records-lab.ts';
import { exampleOf } from './examples.ts';

/** What people and apps do with documents over HTTP. */
export interface DocumentCalls {
  /** A request below the service's own address, with bytes. */
  raw(request: string, caller: Caller, init?: RawInit): Promise<Response>;
  /** Uploads by tus, in pieces that end at these offsets. @returns the path of the upload */
  upload(bytes: Buffer, caller: Caller, options: UploadOptions): Promise<string>;
  /** A DocumentReference with this attachment. */
  refer(attachment: object, caller: Caller, options: { patient: string; more?: object }): Promise<Answer>;
}

export interface RawInit {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export interface UploadOptions {
  readonly patient: string;
  readonly type?: string;
  readonly ends?: readonly number[];
}

export const TUS = { 'tus-resumable': '1.0.0' } as const;
export const PIECE = { ...TUS, 'content-type': 'application/offset+octet-stream' } as const;

export function uploadMetadata(patient: string, type: string): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return `patient ${base64(`Patient/${patient}`)},filetype ${base64(type)}`;
}

export function documentCalls(lab: Pick<RecordsLab, 'url' | 'ask'>): DocumentCalls {
  const calls: DocumentCalls = {
    raw(request, { token }, { headers = {}, body } = {}) {
      const [method = '', path = ''] = request.split(' ');
      return fetch(`${lab.url()}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...headers },
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
      });
    },
    async upload(bytes, caller, { patient, type = 'text/plain', ends = [bytes.length] }) {
      const headers = { ...TUS, 'upload-length': String(bytes.length) };
      const begun = await calls.raw('POST /uploads', caller, {
        headers: { ...headers, 'upload-metadata': uploadMetadata(patient, type) },
      });
      if (begun.status !== 201) throw new Error(`not begun: ${String(begun.status)}`);
      const path = begun.headers.get('location') ?? '';
      let offset = 0;
      for (const end of ends) {
        const sent = await calls.raw(`PATCH ${path}`, caller, {
          headers: { ...PIECE, 'upload-offset': String(offset) },
          body: bytes.subarray(offset, end),
        });
        if (sent.status !== 204) throw new Error(`not taken: ${String(sent.status)}`);
        offset = end;
      }
      return path;
    },
    refer(attachment, caller, { patient, more = {} }) {
      const body = { ...exampleOf('DocumentReference', patient), ...more, content: [{ attachment }] };
      return lab.ask('POST DocumentReference', caller, { body });
    },
  };
  return calls;
}

/** The attachment of a DocumentReference that was answered. */
export function attachmentOf({ body }: Answer): Readonly<Record<string, unknown>> {
  const [content] = body['content'] as readonly { readonly attachment: Readonly<Record<string, unknown>> }[];
  if (!content) throw new Error(`there is no content: ${JSON.stringify(body)}`);
  return content.attachment;
}

/** The Binary that an upload becomes. */
export function binaryOf(path: string): string {
  return path.replace('/uploads/', 'Binary/');
}

/** As FHIR's Attachment has it. */
export function sha1(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('base64');
}
