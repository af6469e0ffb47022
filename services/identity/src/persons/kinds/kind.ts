import type { BlindParameter, Resource, Term } from '@careplane/kit';
import type { AccessIds, PersonType } from '../person-record.ts';

/** What is particular to a type of person or place. */
export interface PersonKind {
  readonly type: PersonType;
  readonly documentation: string;
  /** Whose data key encrypts it. */
  subjectOf(id: string, resource: Resource): string;
  /** Ids of other resources that access decisions look at. */
  access(resource: Resource): AccessIds;
  /** The terms under which it is found. */
  terms(resource: Resource): Term[];
  readonly parameters: Readonly<Record<string, BlindParameter>>;
}

/** The subject whose key encrypts what belongs to the clinic and to no person. */
export const CLINIC = 'Organization/-';
