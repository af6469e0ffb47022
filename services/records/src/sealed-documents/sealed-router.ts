import {
  audited,
  discardBody,
  etagOf,
  HttpProblem,
  ifMatchOf,
  NotFound,
  PreconditionFailed,
  PreconditionRequired,
  readBody,
  requestSignal,
  resourcePart,
  Router,
  Unprocessable,
  withTransaction,
} from '@careplane/kit';
import type {
  FhirOptions,
  Interaction,
  Mongo,
  Reply,
  Request,
  RequestHandler,
  ResourceDefinition,
  ResourcePart,
  Stored,
} from '@careplane/kit';
import { DocumentError, MAX_HEADER_BYTES, signedDigest } from '@careplane/documents';
import { recipientKindsOf } from '../content/index.ts';
import type { DocumentContent } from '../content/index.ts';
import { ownerOf } from '../documents/owner.ts';
import { HEADER_TYPE, NOTE_TYPE, SEALED_DOCUMENTS } from './paths.ts';
import { isMade, isSealed } from './sealed-documents.ts';
import type { Addable, PartVersion, SealedContent, SealedDocuments } from './sealed-documents.ts';

const MOST_NOTE_BYTES = 65_536;

export interface SealedRouterOptions extends Pick<FhirOptions, 'access' | 'audit'> {
  /** Of Binary: who may read or change the document may do that with its header, recipients and signature. */
  readonly binary: ResourceDefinition;
  readonly contents: DocumentContent;
  readonly sealed: SealedDocuments;
  readonly mongo: Mongo;
}

/** The parts of an age file by the id of its Binary (decision 0031); the file itself is the Binary. */
export function sealedRouter(options: SealedRouterOptions): Router {
  const router = Router({ caseSensitive: true });
  const part = (given: ResourcePart): RequestHandler => resourcePart(options, options.binary, given);
  const path = (rest: string): string => `${SEALED_DOCUMENTS}/:id/${rest}`;
  const { sealed } = options;
  router.get(
    path('header'),
    part(reads(options, async (content) => bytesOf(await sealed.header(content), HEADER_TYPE))),
  );
  router.get(
    path('header/:version'),
    part({
      ...reads(options, (content, { req }) => formerHeader(options, content, req)),
      // whom a header no longer names is not given it: only who may change it sees former ones
      action: 'vread',
      needs: ['vread', 'update'],
      denies: deniesOthers(options),
    }),
  );
  router.put(path('header'), withBody(part(changes(options, putHeader(options)))));
  router.get(
    path('recipients'),
    part(
      reads(options, async (content) => {
        const { version, bytes } = await sealed.header(content);
        const recipients = (await recipientKindsOf(bytes)).map((kind) => ({ kind }));
        return { status: 200, headers: tagged(version), body: { recipients } };
      }),
    ),
  );
  router.get(
    path('signature'),
    part(reads(options, async (content) => bytesOf(await sealed.signature(content), NOTE_TYPE))),
  );
  router.put(path('signature'), withBody(part(changes(options, putSignature(options)))));
  return router;
}

type Serve = (content: SealedContent, interaction: Interaction) => Promise<Reply>;

function reads(options: SealedRouterOptions, serve: Serve): ResourcePart {
  return {
    action: 'read',
    serve: async ({ id }, interaction) => serve(await sealedContent(options, id), interaction),
  };
}

function changes(options: SealedRouterOptions, serve: ResourcePart['serve']): ResourcePart {
  return { action: 'update', denies: deniesOthers(options), serve };
}

/** As of records themselves: patients change only what they have made. */
function deniesOthers({ contents }: SealedRouterOptions): NonNullable<ResourcePart['denies']> {
  return async ({ id }, { subject }) => {
    if (subject.role !== 'patient') return undefined;
    const { owner } = await contents.upload(id);
    return owner === subject.id ? undefined : 'not-own';
  };
}

/** @throws NotFound for a content that the server can read */
async function sealedContent({ contents }: SealedRouterOptions, id: string): Promise<SealedContent> {
  const content = await contents.open(id);
  if (!isSealed(content)) throw new NotFound('The document is none that only its recipients can read');
  return content;
}

async function formerHeader(
  { sealed }: SealedRouterOptions,
  content: SealedContent,
  req: Request,
): Promise<Reply> {
  const version = String(req.params['version']);
  const former = /^[1-9]\d{0,5}$/.test(version)
    ? await sealed.formerHeader(content, Number(version))
    : undefined;
  if (!former) throw new NotFound();
  return bytesOf(former, HEADER_TYPE);
}

/** A part as bytes; 404 while there is none. */
function bytesOf({ version, bytes }: PartVersion, contentType: string): Reply {
  if (version === 0) throw new NotFound();
  const headers = {
    ...tagged(version),
    ...{ 'content-type': contentType, 'x-content-type-options': 'nosniff' },
    ...{ 'content-disposition': 'attachment', 'cache-control': 'no-store' },
  };
  return {
    status: 200,
    headers,
    send(res) {
      res.status(200).set(headers).end(bytes);
      return Promise.resolve();
    },
  };
}

function tagged(version: number): Readonly<Record<'etag', string>> {
  return { etag: etagOf(version) };
}

function putHeader(options: SealedRouterOptions): ResourcePart['serve'] {
  return async (stored, interaction) => {
    const content = await sealedContent(options, stored.id);
    const ifMatch = Number(ifMatchOf(interaction.req, true));
    const bytes = await taken(interaction.req, { type: HEADER_TYPE, mostBytes: MAX_HEADER_BYTES });
    const kinds = await orUnprocessable(() => recipientKindsOf(bytes));
    if (kinds.length === 0) throw new Unprocessable('The header is for nobody');
    const present = await options.sealed.header(content);
    return put(options, { name: 'header', ...{ content, stored, interaction, present, ifMatch, bytes } });
  };
}

function putSignature(options: SealedRouterOptions): ResourcePart['serve'] {
  return async (stored, interaction) => {
    const content = await sealedContent(options, stored.id);
    const { req } = interaction;
    const present = await options.sealed.signature(content);
    const ifMatch = req.get('if-none-match') === '*' ? 0 : Number(requiredMatch(req));
    const bytes = await taken(req, { type: NOTE_TYPE, mostBytes: MOST_NOTE_BYTES });
    const digest = await orUnprocessable(() => signedDigest(bytes.toString('utf8')));
    if (Buffer.from(digest).toString('base64') !== content.age.payloadSha256)
      throw new Unprocessable('The signature is of another payload');
    return put(options, { name: 'signature', ...{ content, stored, interaction, present, ifMatch, bytes } });
  };
}

/** @throws PreconditionRequired that names both headers that say which version is known */
function requiredMatch(req: Request): string | undefined {
  if (req.get('if-match') === undefined) throw new PreconditionRequired('If-None-Match: * or If-Match');
  return ifMatchOf(req, true);
}

interface Put {
  readonly name: Addable;
  readonly content: SealedContent;
  readonly stored: Stored;
  readonly interaction: Interaction;
  readonly present: PartVersion;
  readonly ifMatch: number;
  readonly bytes: Buffer;
}

/** Adds a version with the entry of the audit; a change that comes again is answered as the first time. */
async function put({ mongo, sealed }: SealedRouterOptions, change: Put): Promise<Reply> {
  const { name, content, stored, interaction, present, ifMatch, bytes } = change;
  if (!Number.isSafeInteger(ifMatch)) throw new PreconditionFailed();
  const version = ifMatch + 1;
  if (!isMade(present, ifMatch, bytes)) {
    const work = audited(interaction.audit, async (tx) => {
      await sealed.add(content, { name, after: ifMatch, bytes, by: ownerOf(interaction.subject) }, tx);
      const versionId = name === 'header' ? String(version) : stored.meta.versionId;
      return { ...stored, meta: { ...stored.meta, versionId } };
    });
    await withTransaction(mongo, work, { signal: requestSignal(interaction.req) });
  }
  return { status: 204, headers: tagged(version) };
}

/** @throws HttpProblem 415, 413, 400 */
async function taken(
  req: Request,
  { type, mostBytes }: { readonly type: string; readonly mostBytes: number },
): Promise<Buffer> {
  const essence = (text: string): string | undefined => text.split(';')[0]?.trim().toLowerCase();
  if (essence(req.get('content-type') ?? '') !== essence(type))
    throw new HttpProblem(415, 'The media type is not supported');
  return (await readBody(req, mostBytes)) ?? Buffer.alloc(0);
}

async function orUnprocessable<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DocumentError ? new Unprocessable(error.message) : error;
  }
}

/** The answer to what is refused would be lost with the connection while its body still comes. */
function withBody(handle: RequestHandler): RequestHandler {
  return async (req, res, next) => {
    try {
      await handle(req, res, next);
    } catch (error) {
      await discardBody(req);
      throw error;
    }
  };
}
