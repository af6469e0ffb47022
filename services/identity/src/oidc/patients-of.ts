import type { Attributes } from '@careplane/access';
import { personOf } from '../accounts/account.ts';
import type { AccountRecord } from '../accounts/account.ts';

/** A patient somebody may choose as launch context. */
export interface PatientChoice {
  readonly id: string;
  readonly label: string;
}

/** A patient who may be one that somebody looks for. */
export interface PatientFound extends PatientChoice {
  /** What the decision point looks at. */
  readonly attributes: Attributes;
}

/** How patients are found for a choice. */
export interface PatientDirectory {
  byIds(ids: readonly string[]): Promise<PatientChoice[]>;
  /** Those with this id or identifier, whoever asks; nobody when more have it than one question may be about. */
  byNumber(text: string): Promise<PatientFound[]>;
}

/** Whom a log-in may be about. Choosing grants nothing: each access is decided for itself. */
export interface PatientsOf {
  /** The one patient that needs no choice. */
  only(account: AccountRecord): Promise<string | undefined>;
  /** Those to choose from at once: oneself, and those one acts for or treats. */
  choices(account: AccountRecord): Promise<PatientChoice[]>;
  /** Staff: the patient with this id or identifier, if their role, treatment and consents let them find it. */
  find(account: AccountRecord, text: string): Promise<PatientChoice | undefined>;
}

export interface PatientsOfOptions {
  readonly patients: PatientDirectory;
  /** Patients for whom an account acts or whom it treats, by the facts of access. */
  readonly related: (account: AccountRecord) => Promise<readonly string[]>;
  /** Whether an account may find each of these by a search, as the decision point says. */
  readonly findable: (account: AccountRecord, found: readonly Attributes[]) => Promise<readonly boolean[]>;
}

export function createPatientsOf({ patients, related, findable }: PatientsOfOptions): PatientsOf {
  const self = (account: AccountRecord): string | undefined => {
    const person = personOf(account);
    return person?.type === 'Patient' ? person.id : undefined;
  };
  const only = async (account: AccountRecord): Promise<string | undefined> => {
    const own = self(account);
    return own !== undefined && (await related(account)).length === 0 ? own : undefined;
  };
  /** By the record as a request has read it: the policy and the grant of an authorization both ask. */
  const known = new WeakMap<AccountRecord, Promise<string | undefined>>();
  return {
    only(account): Promise<string | undefined> {
      const answer = known.get(account) ?? only(account);
      known.set(account, answer);
      return answer;
    },
    async choices(account): Promise<PatientChoice[]> {
      const own = self(account);
      const ids = [...(own === undefined ? [] : [own]), ...(await related(account))].slice(0, 100);
      return patients.byIds(ids);
    },
    async find(account, text): Promise<PatientChoice | undefined> {
      if (account.role === 'patient' || text === '') return undefined;
      const found = await patients.byNumber(text);
      const allowed = await findable(
        account,
        found.map(({ attributes }) => attributes),
      );
      const [first, second] = found.filter((_, at) => allowed[at]);
      return first && !second ? { id: first.id, label: first.label } : undefined;
    },
  };
}
