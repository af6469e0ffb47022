import type { Subject } from '@careplane/access';
import { sealedCollections, SealedStore } from '@careplane/kit';
import type { CollectionSpec, Resource, SealedKind, SealedParts } from '@careplane/kit';
import { categoriesOf, patientOf } from './attributes.ts';
import { makersOf, requireOwnAuthors } from './authors.ts';
import { intervalAt } from './elements.ts';
import type { Interval } from './elements.ts';
import { datePath, fieldsOf } from './fields.ts';
import { datesOf } from './kind.ts';
import type { ClinicalKind } from './kind.ts';
import { termsOf } from './terms.ts';

/** What stands readable beside a record: scopes name its categories, and its times are compared and sorted by. */
export interface ClinicalFacts {
  readonly categories: readonly string[];
  readonly dates: Readonly<Record<string, Interval>>;
  /** Who made it, where patients write the type: `Type/id`. */
  readonly authors?: readonly string[];
}

export type ClinicalStore = SealedStore<ClinicalFacts>;

/** The store of a type. */
export function clinicalStore(parts: SealedParts, kind: ClinicalKind): ClinicalStore {
  return new SealedStore(parts, sealedKind(parts, kind));
}

/** The collections of a type. By patient and token, in the order of the type's main date; by patient and change. */
export function clinicalCollections(kind: ClinicalKind): CollectionSpec[] {
  const [main] = datesOf(kind);
  const indexes = [
    { key: { patientId: 1, tokens: 1 }, name: 'patient_token' },
    { key: { patientId: 1, updatedAt: 1, _id: 1 }, name: 'patient_updated' },
    ...(main === undefined
      ? []
      : [{ key: { patientId: 1, [`${datePath(main)}.start`]: 1, _id: 1 }, name: 'patient_date' } as const]),
  ] as const;
  return sealedCollections(collectionOf(kind), { indexes, isBlind: true });
}

/** `AllergyIntolerance` is kept in `allergy_intolerance`. */
function collectionOf({ type }: ClinicalKind): string {
  return type.replaceAll(/(?<=.)(?=[A-Z])/g, '_').toLowerCase();
}

/** What is particular to a type, for its store. */
export function sealedKind(
  { protection }: Pick<SealedParts, 'protection'>,
  kind: ClinicalKind,
): SealedKind<ClinicalFacts> {
  return {
    type: kind.type,
    collection: collectionOf(kind),
    fields: fieldsOf(kind, protection.index),
    terms: (resource) => termsOf(kind, resource),
    sort: Object.fromEntries(datesOf(kind).map((name) => [name, `${datePath(name)}.start`])),
    attributes: { category: ['facts.categories'] },
    patientOf: (resource) => patientOf(kind, resource),
    patientElement: kind.patient,
    factsOf(resource, { subject }, former) {
      const patientId = patientOf(kind, resource);
      requireOwnAuthors(kind, { resource, patientId, subject, former: former && (former.authors ?? []) });
      return Promise.resolve(factsOf(kind, resource, subject));
    },
  };
}

function factsOf(kind: ClinicalKind, resource: Resource, subject: Subject): ClinicalFacts {
  const dates = datesOf(kind).flatMap((name): [string, Interval][] => {
    const interval = intervalAt(resource, kind.parameters[name]?.paths ?? []);
    return interval ? [[name, interval]] : [];
  });
  return {
    categories: categoriesOf(kind, resource),
    dates: Object.fromEntries(dates),
    ...(kind.authors ? { authors: makersOf(kind, resource, subject) } : {}),
  };
}
