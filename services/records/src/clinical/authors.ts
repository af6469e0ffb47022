import type { Subject } from '@careplane/access';
import { HttpProblem, valuesAt } from '@careplane/kit';
import type { Resource } from '@careplane/kit';
import { literalsAt } from './elements.ts';
import type { ClinicalKind } from './kind.ts';

/** Whose making of a record a patient can know of. */
const OWN_TYPES: readonly string[] = ['RelatedPerson', 'Device'];

/** Whom a record names as who made it, as `Type/id`. */
export function authorsOf({ authors = [] }: Pick<ClinicalKind, 'authors'>, resource: Resource): string[] {
  return literalsAt(resource, authors).map(({ type, id }) => `${type}/${id}`);
}

/** A record that is written, and who writes it. */
export interface Written {
  readonly resource: Resource;
  readonly patientId: string;
  readonly subject: Subject;
  /** Whom the version before named; absent: there is none. */
  readonly former?: readonly string[] | undefined;
}

/** Who made a record: those it names, or else the patient who writes it. Whoever else writes without a name stays unnamed. */
export function makersOf(
  kind: Pick<ClinicalKind, 'authors'>,
  resource: Resource,
  { role, person }: Subject,
): string[] {
  const named = authorsOf(kind, resource);
  return named.length === 0 && role === 'patient' && person ? [`${person.type}/${person.id}`] : named;
}

/**
 * What a patient writes is nobody else's word: they name themselves, the patient that it is about, their relatives and devices; and they
 * change only what these have made.
 * @throws HttpProblem 403 that names each other one
 */
export function requireOwnAuthors(
  { type, authors = [] }: Pick<ClinicalKind, 'type' | 'authors'>,
  { resource, patientId, subject: { role, person }, former }: Written,
): void {
  if (role !== 'patient') return;
  const own = [`Patient/${patientId}`, ...(person ? [`${person.type}/${person.id}`] : [])];
  const isOneOfThem = (author: string): boolean =>
    OWN_TYPES.some((one) => author.startsWith(`${one}/`)) || own.includes(author);
  if (former && (former.length === 0 || !former.every(isOneOfThem)))
    throw new HttpProblem(403, 'Not allowed', { detail: 'Others have made it: ask them to correct it' });
  const isOwn = (value: unknown): boolean => {
    const [named] = literalsAt({ resourceType: type, author: value }, ['author']);
    return named !== undefined && isOneOfThem(`${named.type}/${named.id}`);
  };
  const errors = authors.flatMap((path) =>
    valuesAt(resource, path).flatMap((value, at) =>
      isOwn(value)
        ? []
        : [
            {
              path: `${type}.${path}[${String(at)}]`,
              message: 'nobody else than the patient',
              code: 'forbidden',
            },
          ],
    ),
  );
  if (errors.length > 0) throw new HttpProblem(403, 'Not allowed', { extensions: { errors } });
}
