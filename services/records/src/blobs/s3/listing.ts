import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { _Object, ListMultipartUploadsCommandInput, MultipartUpload } from '@aws-sdk/client-s3';
import type { S3Requests } from './requests.ts';

export interface Listed {
  readonly Bucket: string;
  readonly Prefix: string;
}

/** All objects whose keys begin so. */
export async function* objectsAt(requests: S3Requests, at: Listed): AsyncGenerator<_Object> {
  for (let token: string | undefined, isLast = false; !isLast;) {
    const list = new ListObjectsV2Command({ ...at, ContinuationToken: token });
    const page = await requests.ask((client, options) => client.send(list, options));
    yield* page.Contents ?? [];
    token = page.NextContinuationToken;
    isLast = page.IsTruncated !== true;
  }
}

/** All uploads in parts that were neither completed nor aborted. */
export async function* uploadsAt(requests: S3Requests, at: Listed): AsyncGenerator<MultipartUpload> {
  for (let [next, isLast]: [Partial<ListMultipartUploadsCommandInput>, boolean] = [{}, false]; !isLast;) {
    const list = new ListMultipartUploadsCommand({ ...at, ...next });
    const page = await requests.ask((client, options) => client.send(list, options));
    yield* page.Uploads ?? [];
    next = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    isLast = page.IsTruncated !== true;
  }
}
