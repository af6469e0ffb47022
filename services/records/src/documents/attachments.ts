import { baseUrlOf, Conflict, HttpProblem, Invalid, NotFound, referenceOf } from '@careplane/kit';
import type { Interaction, Resource, Stored, Transaction } from '@careplane/kit';
import { newPlace } from '../content/index.ts';
import type { Content, DocumentContent } from '../content/index.ts';
import { ownerOf } from './owner.ts';

/** The parts of FHIR's Attachment that say where the content is, and what. */
interface Attachment {
  readonly contentType?: string;
  readonly data?: string;
  readonly url?: string;
  readonly size?: number;
  readonly hash?: string;
}

interface Described {
  readonly attachment: Attachment;
}

/** Who writes a document about whom. */
export interface Writing {
  /** `Patient/<id>`. */
  readonly patient: string;
  readonly interaction: Interaction;
}

/**
 * Brings what the attachments of documents hold to the contents, and ties contents to the one document that refers to them. A url that
 * names no Binary of this server is left as it is: that content is elsewhere.
 */
export class Attachments {
  readonly #contents: DocumentContent;
  /** A transaction that is repeated, and a Bundle, which asks twice, store the same bytes once. */
  readonly #stored = new WeakMap<Interaction, Map<string, Promise<Content>>>();

  constructor(contents: DocumentContent) {
    this.#contents = contents;
  }

  /**
   * The document with attachments that name their contents, with size, hash and type. To be asked before the transaction: it takes as long
   * as the contents are large.
   * @throws Invalid with the path for what is not there, is another patient's or does not fit; HttpProblem 422 what was refused, 413, 415
   */
  async take(document: Resource, writing: Writing): Promise<Resource> {
    const content = await Promise.all(
      descriptionsOf(document).map(async (one, at) => {
        const path = `DocumentReference.content[${String(at)}].attachment`;
        return { ...one, attachment: await this.#taken(one.attachment, path, writing) };
      }),
    );
    return { ...document, content };
  }

  /** Within the transaction that writes the document: from its commit on its contents can be read. @throws Conflict */
  async attach(document: Stored, patient: string, tx: Transaction): Promise<void> {
    const reference = `DocumentReference/${document.id}`;
    for (const { attachment } of descriptionsOf(document)) {
      const id = binaryIn(attachment.url);
      if (id !== undefined) await this.#contents.refer(id, { patient, reference }, tx);
    }
  }

  async #taken(attachment: Attachment, path: string, writing: Writing): Promise<Attachment> {
    const { data, size, hash, ...rest } = attachment;
    const id = binaryIn(attachment.url, writing.interaction);
    if (data === undefined && id === undefined) return attachment;
    if (data !== undefined && attachment.url !== undefined)
      throw new Invalid([{ path: `${path}.url`, message: 'is for a content elsewhere, and not for data' }]);
    const content =
      data === undefined
        ? await this.#uploaded(id ?? '', `${path}.url`, writing)
        : await this.#inline({ ...attachment, data }, path, writing);
    requireFitting({ size, hash, contentType: rest.contentType }, content, path);
    // those of an age file change with its recipients
    const measures = content.age ? {} : { size: content.size, hash: content.sha1.toString('base64') };
    return {
      ...rest,
      contentType: attachment.contentType ?? content.contentType,
      url: `Binary/${content.id}`,
      ...measures,
    };
  }

  #inline(
    { data, contentType = '' }: Attachment & { readonly data: string },
    path: string,
    { patient, interaction }: Writing,
  ): Promise<Content> {
    const known = this.#stored.get(interaction) ?? new Map<string, Promise<Content>>();
    this.#stored.set(interaction, known);
    const key = `${path} ${data}`;
    const { id, ...place } = newPlace(patient);
    const stored =
      known.get(key) ??
      atPath(`${path}.contentType`, 415, () =>
        this.#contents.store(
          place,
          { id, contentType, owner: ownerOf(interaction.subject) },
          Buffer.from(data, 'base64'),
        ),
      );
    known.set(key, stored);
    return stored;
  }

  /** What was uploaded before, by the same caller, or what a document of the patient has already. */
  async #uploaded(id: string, path: string, { patient, interaction }: Writing): Promise<Content> {
    const absent = new Invalid([{ path, message: 'a Binary of this patient, or an upload of yours' }]);
    try {
      const { place, owner, isAttached, isWhole } = await this.#contents.upload(id);
      const isTheirs = isAttached || owner === interaction.subject.id;
      if (place.patient !== patient || !isTheirs) throw absent;
      if (!isWhole) throw new Invalid([{ path, message: 'an upload whose bytes are all here' }]);
      return await this.#contents.finish(id);
    } catch (error) {
      throw error instanceof NotFound ? absent : error;
    }
  }
}

/** The id of the Binary that a url names: relative, or of this server. */
function binaryIn(url: string | undefined, interaction?: Interaction): string | undefined {
  if (url === undefined) return undefined;
  const base = interaction ? `${baseUrlOf(interaction.req)}/` : '';
  const reference = referenceOf(url.startsWith(base) ? url.slice(base.length) : url);
  return reference?.type === 'Binary' ? reference.id : undefined;
}

function descriptionsOf(document: Resource): readonly Described[] {
  return (document['content'] ?? []) as readonly Described[];
}

/** What a sender says of a content. */
interface Said {
  readonly size: number | undefined;
  readonly hash: string | undefined;
  readonly contentType: string | undefined;
}

/** @throws Invalid where the sender says something else of the content */
function requireFitting({ size, hash, contentType }: Said, content: Content, path: string): void {
  const essence = contentType?.split(';')[0]?.trim().toLowerCase();
  const faults = [
    [size !== undefined && size !== content.size, 'size', 'the number of bytes of the content'],
    [hash !== undefined && hash !== content.sha1.toString('base64'), 'hash', 'the SHA-1 of the content'],
    [essence !== undefined && essence !== content.contentType, 'contentType', 'the type it was uploaded as'],
  ] as const;
  const wrong = faults.filter(([isWrong]) => isWrong);
  if (wrong.length > 0)
    throw new Invalid(wrong.map(([, element, message]) => ({ path: `${path}.${element}`, message })));
}

/** A refusal with this status names the element that it is about. */
async function atPath<T>(path: string, status: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HttpProblem) || error.status !== status || error instanceof Conflict) throw error;
    throw new HttpProblem(status, error.title, {
      extensions: { errors: [{ path, message: 'a media type that is taken here' }] },
      cause: error,
    });
  }
}
