import type { Binary } from 'mongodb';
import { z } from 'zod';
import { requireWhole } from '../chunks/index.ts';
import type { ContentKey } from './content-keys.ts';

const bytes = z.base64();

const declaredSchema = z.object({ contentType: z.string(), sha256: bytes.optional() });
/** What the sender said of a content. */
export type Declared = z.infer<typeof declaredSchema>;

const manifestSchema = z.object({
  contentType: z.string(),
  size: z.number().int().min(0),
  chunkSize: z.number().int(),
  /** Of the whole content. Sealed, since whoever knows a document would find it by its checksum. */
  sha256: bytes,
  /** As FHIR's Attachment has it. */
  sha1: bytes,
  parts: z.array(
    z.object({ blob: z.string(), first: z.number().int(), chunks: z.number().int(), salt: bytes }),
  ),
  /** Of an age file. */
  age: z.object({ headerBytes: z.number().int().min(1), payloadSha256: bytes }).optional(),
});
/** What a content is, and which parts are it. A download begins with it. */
export type Manifest = z.infer<typeof manifestSchema>;

export function sealDeclared(key: ContentKey, declared: Declared): Binary {
  return key.seal('declared', Buffer.from(JSON.stringify(declared)));
}

/** @throws Tampered */
export function openDeclared(key: ContentKey, sealed: Binary): Declared {
  return declaredSchema.parse(JSON.parse(key.open('declared', sealed).toString()));
}

export function sealManifest(key: ContentKey, manifest: Manifest): Binary {
  return key.seal('manifest', Buffer.from(JSON.stringify(manifest)));
}

/** @throws Tampered, also when its parts are not the whole content */
export function openManifest(key: ContentKey, sealed: Binary): Manifest {
  const manifest = manifestSchema.parse(JSON.parse(key.open('manifest', sealed).toString()));
  requireWhole(manifest.parts, manifest);
  return manifest;
}
