import type { Attributes } from '@careplane/access';
import { Invalid, referencesAt } from '@careplane/kit';
import type { Resource } from '@careplane/kit';
import { codesAt } from './elements.ts';
import type { ClinicalKind } from './kind.ts';

type Subject = Pick<ClinicalKind, 'type' | 'patient'>;

/** What decisions look at in a resource. */
export function attributesOf(kind: Subject & Pick<ClinicalKind, 'category'>, resource: Resource): Attributes {
  const patient = patientIn(kind, resource);
  const category = categoriesOf(kind, resource);
  return {
    ...(resource.id === undefined ? {} : { id: [resource.id] }),
    ...(patient === undefined ? {} : { patient: [patient] }),
    ...(category.length === 0 ? {} : { category }),
  };
}

/** Whom a resource is about. @throws Invalid when that is no patient of this server */
export function patientOf(kind: Subject, resource: Resource): string {
  const patient = patientIn(kind, resource);
  if (patient !== undefined) return patient;
  throw new Invalid([
    { path: `${kind.type}.${kind.patient}`, message: 'a literal reference to a patient, Patient/<id>' },
  ]);
}

function patientIn({ patient }: Subject, resource: Resource): string | undefined {
  return referencesAt(resource, [patient]).find(({ type }) => type === 'Patient')?.id;
}

/** Each code as `system|code` and as `code`, since a scope may name it either way. */
export function categoriesOf({ category }: Pick<ClinicalKind, 'category'>, resource: Resource): string[] {
  if (category === undefined) return [];
  const names = codesAt(resource, [category]).flatMap(({ system, code }) =>
    code === undefined ? [] : [code, ...(system === undefined ? [] : [`${system}|${code}`])],
  );
  return [...new Set(names)];
}
