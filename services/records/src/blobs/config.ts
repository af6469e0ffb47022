import { z } from 'zod';

/** The keys of `spec.config` that say where contents lie; docs/operations/object-storage.md. The operator checks them at admission, too. */
export const blobsConfig = z.object({
  /** Where new contents go. */
  BLOBS: z.enum(['GridFS', 'S3']).default('GridFS'),
  /** Where the object store is. With `GridFS`, what is there is still read. */
  S3_ENDPOINT: z.url({ protocol: /^https$/ }).optional(),
  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
  S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
    .optional(),
  S3_REGION: z.string().min(1).max(64).default('us-east-1'),
  /** Before the names of all objects, with a slash at its end; the tenant when absent. */
  S3_PREFIX: z
    .string()
    .max(200)
    .regex(/^([A-Za-z0-9._-]+\/)*$/)
    .optional(),
  S3_ADDRESSING: z.enum(['Path', 'VirtualHost']).default('Path'),
  /** One of `spec.secrets`; see `S3Options.secret`. */
  S3_SECRET: z.string().min(1).default('s3'),
  /** Of ciphertext that all uploads of a replica hold on their way to the object store; one alone needs up to 9 MiB. */
  S3_BUFFER_BYTES: z.coerce.number().int().min(10_485_760).default(67_108_864),
});

export type BlobsConfig = z.infer<typeof blobsConfig>;
