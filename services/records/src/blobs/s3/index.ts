export { boundedMemory } from './bounded-memory.ts';
export { ForeignBlobs, requireOwner } from './owner.ts';
export { S3Requests } from './requests.ts';
export type { S3Options } from './requests.ts';
export { S3Blobs } from './s3-blobs.ts';
export type { S3BlobsOptions } from './s3-blobs.ts';
