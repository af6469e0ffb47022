import {
  audited,
  bodies,
  binarySchema,
  Gone,
  HttpProblem,
  Invalid,
  KeyDestroyed,
  NotFound,
  PreconditionFailed,
  referenceOf,
  requestSignal,
  withTransaction,
} from '@careplane/kit';
import type {
  Interaction,
  Mongo,
  Request,
  RequestHandler,
  Resource,
  ResourceDefinition,
  SealedParts,
  Stored,
} from '@careplane/kit';
import type { Attributes } from '@careplane/access';
import { attributesOf } from '../clinical/attributes.ts';
import type { ClinicalStore } from '../clinical/store.ts';
import { sendContent } from '../content/download-route.ts';
import { newPlace } from '../content/index.ts';
import type { Content, DocumentContent, Download } from '../content/index.ts';
import { documentReference } from '../kinds/document-reference.ts';
import { isSealed } from '../sealed-documents/index.ts';
import type { SealedDocuments } from '../sealed-documents/index.ts';
import { ownerOf } from './owner.ts';
import { sendAsResource } from './resource-route.ts';

export interface BinaryParts {
  readonly contents: DocumentContent;
  readonly documents: Pick<ClinicalStore, 'read'>;
  readonly sealed: SealedDocuments;
  readonly mongo: Mongo;
  readonly requirePatient: SealedParts['requirePatient'];
}

/** Whose rules hold for a content (hl7.org/fhir/R4/binary.html#security-context), of a create with bytes alone. */
const CONTEXT_HEADER = 'x-security-context';

/** What a Binary was read with: who may read the document may read it. */
const document = Symbol('document');
const opened = Symbol('opened');

interface StoredBinary extends Stored {
  readonly [document]?: Stored;
  readonly [opened]?: Download;
}

/**
 * Contents as FHIR Binary: those of documents, and those that stand for themselves. They are written once; the header of an age file may be
 * replaced, beside FHIR (sealed-documents).
 */
export function binaryDefinition(parts: BinaryParts): ResourceDefinition {
  return {
    type: 'Binary',
    documentation:
      'Contents of documents, as bytes of their own media type or as FHIR JSON. Who may read the DocumentReference may read its Binary.',
    schema: binarySchema,
    judgedAs: documentReference.type,
    attributes,
    searchParameters: {},
    native: {
      announced,
      async send(stored, req, res, form) {
        const content = (stored as StoredBinary)[opened] ?? (await openedOf(parts, stored.id)).download;
        if (form === 'native') await sendContent(req, res, content);
        else await sendAsResource(req, res, { stored, content });
      },
    },
    store: {
      read: (id) => read(parts, id),
      vread: async (id, version) => {
        const binary = await read(parts, id);
        return binary?.meta.versionId === version ? binary : undefined;
      },
      create: async (resource, interaction, { ifNoneExist }) => {
        if (ifNoneExist) throw new PreconditionFailed();
        return { resource: await create(parts, resource, interaction), created: true };
      },
    },
  };
}

/** Reads the body of a create that is FHIR JSON; any other one streams. */
export function binaryBodies(limitBytes: number): RequestHandler {
  const whole = bodies(limitBytes);
  return async (req, res, next) => {
    if (isResource(req)) await whole(req, res, next);
    else next();
  };
}

function isResource(req: Request): boolean {
  return /^application\/fhir\+json\s*(?:;|$)/i.test(req.get('content-type') ?? '');
}

function announced(req: Request): Resource | undefined {
  if (isResource(req)) return undefined;
  const contentType = req.get('content-type') ?? '';
  const coding = req.get('content-encoding') ?? 'identity';
  if (coding.toLowerCase() !== 'identity')
    throw new HttpProblem(415, 'The content encoding is not supported', {
      headers: { 'accept-encoding': 'identity' },
    });
  const reference = req.get(CONTEXT_HEADER);
  if (referenceOf(reference)?.type !== 'Patient')
    throw new Invalid([{ path: `http.${CONTEXT_HEADER}`, message: 'must be Patient/<id>' }]);
  return { resourceType: 'Binary', contentType, securityContext: { reference } };
}

/** Those of the document that refers to it; of one that stands for itself, whose it is. */
function attributes(resource: Resource): Attributes {
  const referring = (resource as StoredBinary)[document];
  if (referring) return attributesOf(documentReference, referring);
  const patient = patientIn(resource);
  return patient === undefined ? {} : { patient: [patient] };
}

function patientIn({ securityContext }: Resource): string | undefined {
  const reference = referenceOf((securityContext as { readonly reference?: unknown } | undefined)?.reference);
  return reference?.type === 'Patient' ? reference.id : undefined;
}

/** @throws Gone when the patient was erased */
async function read(parts: BinaryParts, id: string): Promise<StoredBinary | undefined> {
  const { contents, documents } = parts;
  let patient: string[] = [];
  try {
    const { place, reference, isAttached } = await contents.upload(id);
    if (!isAttached) return undefined;
    patient = [place.patient.slice('Patient/'.length)];
    if (reference === undefined) {
      const content = await openedOf(parts, id);
      return { ...binaryOf(content, place.patient), [opened]: content.download };
    }
    const referring = await documents.read(reference.slice(`${documentReference.type}/`.length));
    return referring && binaryWithin(referring, await openedOf(parts, id));
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    if (error instanceof KeyDestroyed) throw new Gone({ patient });
    throw error;
  }
}

/** A content with what is sent of it: an age file has the header that holds now, and its version is that of the header. */
interface Opened extends Pick<Content, 'id' | 'contentType' | 'createdAt'> {
  readonly version: number;
  readonly download: Download;
}

async function openedOf({ contents, sealed }: BinaryParts, id: string): Promise<Opened> {
  const content = await contents.open(id);
  const { contentType } = content;
  if (!isSealed(content)) return { ...content, version: 1, download: content };
  const download = await sealed.download(content);
  return { id, contentType, createdAt: download.createdAt, version: download.version, download };
}

/** With the security labels of its document, as it has them now. */
function binaryWithin(referring: Stored, content: Opened): StoredBinary {
  const binary = binaryOf(content, `${documentReference.type}/${referring.id}`);
  const security = referring.meta['security'];
  return {
    ...binary,
    meta: { ...binary.meta, ...(security === undefined ? {} : { security }) },
    [document]: referring,
    [opened]: content.download,
  };
}

function binaryOf(
  { id, contentType, createdAt, version = 1 }: Omit<Opened, 'download' | 'version'> & { version?: number },
  context: string,
): Stored {
  return {
    resourceType: 'Binary',
    id,
    meta: { versionId: String(version), lastUpdated: createdAt.toISOString() },
    contentType,
    securityContext: { reference: context },
  };
}

/** Stores the bytes of the request, and makes them readable with the entry of the audit. */
async function create(
  { contents, mongo, requirePatient }: BinaryParts,
  resource: Resource,
  interaction: Interaction,
): Promise<Stored> {
  const patient = patientIn(resource);
  if (patient === undefined)
    throw new Invalid([
      { path: 'Binary.securityContext', message: 'a literal reference to a patient, Patient/<id>' },
    ]);
  await requirePatient(patient, interaction.signal);
  const { id, ...place } = newPlace(`Patient/${patient}`);
  const { req, subject, audit } = interaction;
  const declaration = { id, contentType: String(resource['contentType']), owner: ownerOf(subject) };
  const { data } = resource as { readonly data?: string };
  const content = isResource(req)
    ? await contents.store(place, declaration, Buffer.from(data ?? '', 'base64'))
    : await taken(contents, { place, declaration, req });
  const work = audited(audit, async (tx) => {
    await contents.attach(id, place, tx);
    return binaryOf(content, place.patient);
  });
  return withTransaction(mongo, work, { signal: requestSignal(req) });
}

interface Sent {
  readonly place: Parameters<DocumentContent['begin']>[0];
  readonly declaration: Parameters<DocumentContent['begin']>[1] & { readonly id: string };
  readonly req: Request;
}

/** What breaks off cannot go on: for that there are uploads. */
async function taken(contents: DocumentContent, { place, declaration, req }: Sent): Promise<Content> {
  const { id } = declaration;
  await contents.begin(place, declaration);
  try {
    // what is not read of it is discarded by the kit: the answer would be lost with the connection
    const source = req.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    await contents.append(id, { offset: 0, source });
    return await contents.finish(id);
  } catch (error) {
    await contents.abandon(id).catch(() => undefined); // else it is collected
    throw error;
  }
}
