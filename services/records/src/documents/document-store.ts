import { randomUUID } from 'node:crypto';
import { SealedStore } from '@careplane/kit';
import type { Interaction, Resource, SealedParts, Stored, Transaction } from '@careplane/kit';
import { patientOf } from '../clinical/attributes.ts';
import { sealedKind } from '../clinical/store.ts';
import type { ClinicalFacts } from '../clinical/store.ts';
import { documentReference } from '../kinds/document-reference.ts';
import type { Attachments } from './attachments.ts';

type Draft = Awaited<ReturnType<SealedStore<ClinicalFacts>['draft']>>;

/** DocumentReferences, whose contents are kept beside them: a document and its contents come in one transaction. */
export class DocumentStore extends SealedStore<ClinicalFacts> {
  readonly #attachments: Attachments;

  constructor(parts: SealedParts, attachments: Attachments) {
    super(parts, sealedKind(parts, documentReference));
    this.#attachments = attachments;
  }

  override async draft(resource: Resource, interaction: Interaction): Promise<Draft> {
    const draft = await super.draft(resource, interaction);
    return { ...draft, resource: await this.#taken(draft.resource, interaction) };
  }

  override async insert(tx: Transaction, draft: Draft, id: string = randomUUID()): Promise<Stored> {
    return this.#attached(await super.insert(tx, draft, id), tx);
  }

  /** Contents are taken first: a transaction waits for none of them. */
  override async update(
    id: string,
    resource: Resource,
    interaction: Interaction,
    options: { readonly ifMatch?: string } = {},
  ): Promise<Stored> {
    return super.update(id, await this.#taken(resource, interaction), interaction, options);
  }

  /** Of a Bundle it takes contents within the transaction; what was taken before is not taken again. */
  override async replace(
    tx: Transaction,
    change: { readonly id: string; readonly resource: Resource; readonly ifMatch?: string },
    interaction: Interaction,
  ): Promise<Stored> {
    const resource = await this.#taken(change.resource, interaction);
    return this.#attached(await super.replace(tx, { ...change, resource }, interaction), tx);
  }

  #taken(resource: Resource, interaction: Interaction): Promise<Resource> {
    return this.#attachments.take(resource, { patient: subjectOf(resource), interaction });
  }

  async #attached(stored: Stored, tx: Transaction): Promise<Stored> {
    await this.#attachments.attach(stored, subjectOf(stored), tx);
    return stored;
  }
}

function subjectOf(document: Resource): string {
  return `Patient/${patientOf(documentReference, document)}`;
}
