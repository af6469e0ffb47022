import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { Unavailable } from '@careplane/kit';
import type { S3Refused, S3Requests } from './requests.ts';

/** The object that is to be. */
export interface Target {
  readonly Bucket: string;
  readonly Key: string;
  /** Of this put alone: the object bears it, so that an attempt whose answer was lost is known again. */
  readonly putId: string;
}

/** The name of the put's id among the metadata of an object. */
export const PUT_ID = 'careplane-put';

/** An object that is brought in parts, one after the other. It is there when it is completed, and not before. */
export class MultipartUpload {
  readonly #requests: S3Requests;
  readonly #at: { readonly Bucket: string; readonly Key: string; readonly UploadId: string };
  readonly #parts: CompletedPart[] = [];

  private constructor(requests: S3Requests, { Bucket, Key }: Target, uploadId: string) {
    this.#requests = requests;
    this.#at = { Bucket, Key, UploadId: uploadId };
  }

  static async begin(requests: S3Requests, target: Target): Promise<MultipartUpload> {
    const { Bucket, Key, putId } = target;
    const create = new CreateMultipartUploadCommand({
      ...{ Bucket, Key },
      ChecksumAlgorithm: 'CRC32',
      Metadata: { [PUT_ID]: putId },
    });
    const { UploadId } = await requests.ask((client, options) => client.send(create, options));
    if (UploadId === undefined) throw new Unavailable(1);
    return new MultipartUpload(requests, target, UploadId);
  }

  /** When it is there the bytes may be changed. */
  async add(bytes: Buffer): Promise<void> {
    const number = { PartNumber: this.#parts.length + 1 };
    const length = { ContentLength: bytes.length, ChecksumAlgorithm: 'CRC32' } as const;
    const add = new UploadPartCommand({ ...this.#at, ...number, ...length, Body: bytes });
    const { ETag, ChecksumCRC32 } = await this.#requests.ask((client, options) => client.send(add, options));
    this.#parts.push({ ...number, ETag, ChecksumCRC32 });
  }

  /** @throws S3Refused when it is expected */
  async complete(isExpected: (refused: S3Refused) => boolean): Promise<void> {
    const parts = { MultipartUpload: { Parts: this.#parts } };
    const complete = new CompleteMultipartUploadCommand({ ...this.#at, ...parts, IfNoneMatch: '*' });
    await this.#requests.ask((client, options) => client.send(complete, options), isExpected);
  }

  async abort(): Promise<void> {
    const abort = new AbortMultipartUploadCommand(this.#at);
    await this.#requests.ask((client, options) => client.send(abort, options));
  }
}
