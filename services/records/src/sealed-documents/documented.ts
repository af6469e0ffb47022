import type { PlainRoute } from '@careplane/kit';
import { z } from 'zod';
import { HEADER_TYPE, NOTE_TYPE, SEALED_DOCUMENTS } from './paths.ts';

const ONE = `${SEALED_DOCUMENTS}/{id}`;
const bytes = z.string();
const kinds = z.object({
  recipients: z.array(
    z.object({
      kind: z.enum([
        ...['x25519', 'hybrid', 'tag', 'hybrid-tag', 'passphrase', 'passkey', 'ssh', 'other'],
      ] as const),
    }),
  ),
});

/** The routes of the parts of age files, for the OpenAPI document. */
export const sealedRoutes: readonly PlainRoute[] = [
  {
    method: 'get',
    path: `${ONE}/header`,
    summary: 'The header of an age file that holds now, with its version as ETag.',
    answers: { 200: bytes },
    mediaType: HEADER_TYPE,
  },
  {
    method: 'put',
    path: `${ONE}/header`,
    summary: 'Replaces the header (If-Match): the same payload for other recipients.',
    body: bytes,
    bodyMediaType: HEADER_TYPE,
    answers: { 204: undefined },
  },
  {
    method: 'get',
    path: `${ONE}/header/{version}`,
    summary: 'A header that held once, for who may replace it.',
    answers: { 200: bytes },
    mediaType: HEADER_TYPE,
  },
  {
    method: 'get',
    path: `${ONE}/recipients`,
    summary: 'The kinds of the recipients. Who they are stands in no header.',
    answers: { 200: kinds },
  },
  {
    method: 'get',
    path: `${ONE}/signature`,
    summary: 'The signature of an age file (a signed note), with its version as ETag.',
    answers: { 200: bytes },
    mediaType: NOTE_TYPE,
  },
  {
    method: 'put',
    path: `${ONE}/signature`,
    summary: 'Adds the signature (If-None-Match: *), or replaces it (If-Match).',
    body: bytes,
    bodyMediaType: NOTE_TYPE,
    answers: { 204: undefined },
  },
];
