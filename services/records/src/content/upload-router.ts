import { discardBody, HttpProblem, Invalid, NotFound, Router } from '@careplane/kit';
import type { Request, RequestHandler, Response } from '@careplane/kit';
import type { Upload } from './content.ts';
import type { DocumentContent } from './document-content.ts';
import { newPlace } from './place.ts';
import type { Owner } from './quota.ts';
import {
  byteCount,
  CHECKSUMS,
  OFFSET_TYPE,
  reprDigest,
  requireVersion,
  TUS_VERSION,
  uploadChecksum,
  uploadLength,
  uploadMetadata,
} from './upload-headers.ts';

export interface UploadRouterOptions {
  readonly content: DocumentContent;
  /** Where the router is mounted, such as `/uploads`; `streamedPaths` of the service has it. */
  readonly path: string;
  /** Bytes that a content may have. */
  readonly mostBytes: number;
  /** Who asks: uploads of others are not there for them. */
  readonly callerOf: (req: Request) => Owner;
  /** @throws Forbidden, NotFound when the caller may not add documents to this patient (`Patient/<id>`) */
  readonly requireMayAdd: (req: Request, patient: string) => Promise<void>;
}

const PATIENT = /^Patient\/[A-Za-z0-9.-]{1,64}$/;

/**
 * Resumable uploads by tus 1.0 (decision 0029). `POST` begins one, with the metadata `patient` and `filetype`, and `Repr-Digest` if the client
 * knows it; `PATCH` brings bytes; a FHIR create that names its id then finishes and attaches it.
 */
export function uploadRouter(options: UploadRouterOptions): Router {
  const { content, path } = options;
  const router = Router();
  router.use(path, (req, res, next) => {
    res.setHeader('tus-resumable', TUS_VERSION);
    if (req.method !== 'OPTIONS') requireVersion(req);
    next();
  });
  router.options([path, `${path}/:id`], (_req, res) => {
    res.status(204).set({
      'tus-version': TUS_VERSION,
      'tus-extension': 'creation,creation-defer-length,checksum,expiration,termination',
      'tus-checksum-algorithm': CHECKSUMS.join(','),
      'tus-max-size': String(options.mostBytes),
    });
    res.end();
  });
  router.post(path, begin(options));
  router.head(`${path}/:id`, async (req, res) => {
    sayWhere(res.status(200), await ownUpload(options, req)).end();
  });
  router.patch(`${path}/:id`, append(options));
  router.delete(`${path}/:id`, async (req, res) => {
    const { id } = await ownUpload(options, req);
    await content.abandon(id);
    res.status(204).end();
  });
  return router;
}

function begin({ content, path, callerOf, requireMayAdd }: UploadRouterOptions): RequestHandler {
  return async (req, res) => {
    await discardBody(req); // creation-with-upload is not offered
    const size = uploadLength(req);
    const { patient = '', filetype: contentType = '' } = uploadMetadata(req);
    if (!PATIENT.test(patient))
      throw new Invalid([{ path: 'headers.upload-metadata.patient', message: 'must be Patient/<id>' }]);
    await requireMayAdd(req, patient);
    const { id, ...place } = newPlace(patient);
    const sha256 = reprDigest(req);
    const upload = await content.begin(place, { id, contentType, size, sha256, owner: callerOf(req) });
    sayWhere(res.status(201).location(`${path}/${upload.id}`), upload).end();
  };
}

function append(options: UploadRouterOptions): RequestHandler {
  return async (req, res) => {
    try {
      if (req.get('content-type') !== OFFSET_TYPE)
        throw new HttpProblem(415, 'The media type is not supported');
      const offset = byteCount(req, 'upload-offset');
      const checksum = uploadChecksum(req);
      const { id, place } = await ownUpload(options, req);
      await options.requireMayAdd(req, place.patient);
      // what is not read of it is discarded below: the answer would be lost with the connection
      const source = req.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
      const upload = await options.content.append(id, { offset, source, checksum });
      sayWhere(res.status(204), upload).end();
    } catch (error) {
      await discardBody(req);
      throw error;
    }
  };
}

/** @throws NotFound when it is not there, or is another's */
async function ownUpload({ content, callerOf }: UploadRouterOptions, req: Request): Promise<Upload> {
  const upload = await content.upload(String(req.params['id']));
  if (upload.owner !== callerOf(req).id) throw new NotFound();
  return upload;
}

function sayWhere(res: Response, { offset, size, expiresAt }: Upload): Response {
  res.setHeader('upload-offset', String(offset));
  if (size === undefined) res.setHeader('upload-defer-length', '1');
  else res.setHeader('upload-length', String(size));
  if (expiresAt) res.setHeader('upload-expires', expiresAt.toUTCString());
  return res;
}
