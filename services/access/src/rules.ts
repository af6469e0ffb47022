import type { Action } from './action.ts';
import type { Role, Subject } from './subject.ts';

/**
 * Which resources of a type somebody may use:
 * - `own`: about the patient who asks
 * - `acted-for`: about a patient for whom the patient who asks acts, as far as consents allow
 * - `treated`: about a patient whom the practitioner treats, as far as consents allow
 * - `emergency`: about a patient whose record the practitioner has opened (purpose BTG)
 * - `shared`: what a patient shares with who asks, until a day
 * - `self`: of the practitioner who asks: own schedules, own visits
 * - `consented`: about any patient, as far as consents allow
 * - `all`
 */
export type Grant = 'own' | 'acted-for' | 'treated' | 'emergency' | 'shared' | 'self' | 'consented' | 'all';

/** What a role may do with a type. What is absent is denied. */
export interface RoleRule {
  /** Read, vread, history, search. */
  readonly read?: readonly Grant[];
  readonly create?: readonly Grant[];
  readonly update?: readonly Grant[];
  readonly delete?: readonly Grant[];
  readonly export?: readonly Grant[];
  readonly operations?: Readonly<Record<string, readonly Grant[]>>;
  /** Elements that the role is not shown: `Type.element`, or only some of its items, `Type.element.where(system='email')`. */
  readonly without?: readonly string[];
}

export interface TypeRule {
  /** Whether its resources are about patients: they are in the Patient compartment, and `patient/` scopes bind them. */
  readonly aboutPatients: boolean;
  readonly roles: Readonly<Partial<Record<Role, RoleRule>>>;
}

const OWN: readonly Grant[] = ['own', 'acted-for'];
const CARE: readonly Grant[] = ['treated', 'emergency'];
const ALL: readonly Grant[] = ['all'];
const APP: readonly Grant[] = ['consented'];

/** Everybody may find whom to see and where; administrators keep it. Log-in names of staff are e-mail addresses. */
const directory = (without: readonly string[] = []): TypeRule => ({
  aboutPatients: false,
  roles: {
    patient: { read: ALL, without },
    practitioner: { read: ALL },
    frontdesk: { read: ALL },
    compliance: { read: ALL },
    admin: { read: ALL, create: ALL, update: ALL, delete: ALL },
    app: { read: ALL, without },
  },
});

/** When somebody can be seen. Comments are between staff. */
const availability = (type: string, operations: RoleRule['operations'] = {}): TypeRule => {
  const seen = { read: ALL, operations, without: [`${type}.comment`] };
  const kept = { create: ALL, update: ALL, delete: ALL };
  return {
    aboutPatients: false,
    roles: {
      patient: seen,
      practitioner: { read: ALL, operations, create: ['self'], update: ['self'], delete: ['self'] },
      frontdesk: { read: ALL, operations, ...kept },
      admin: { read: ALL, operations, ...kept },
      app: seen,
    },
  };
};

/** What is known of a patient's health. */
const clinical = (ofPatient: RoleRule = {}): TypeRule => ({
  aboutPatients: true,
  roles: {
    patient: { read: [...OWN, 'shared'], ...ofPatient },
    practitioner: { read: [...CARE, 'shared'], create: ['treated'], update: ['treated'] },
    app: { read: APP, create: APP, update: APP, export: APP },
  },
});

/** Who reads a patient's resources of the type also follows `Patient/[id]/$everything` to the service that has it. */
const withEverything = ({ aboutPatients, roles }: TypeRule): TypeRule => {
  const following: Readonly<Partial<Record<Role, readonly Grant[]>>> = {
    patient: OWN,
    practitioner: CARE,
    app: APP,
  };
  const more = Object.entries(following).map(([role, $everything]) => {
    const rule = roles[role as Role];
    return [role, { ...rule, operations: { ...rule?.operations, $everything } }];
  });
  return { aboutPatients, roles: { ...roles, ...(Object.fromEntries(more) as TypeRule['roles']) } };
};

/** The front desk books, and sees no reason for a visit. */
const UNSEEN_REASONS = [
  'Appointment.reasonCode',
  'Appointment.reasonReference',
  'Appointment.supportingInformation',
  'Appointment.patientInstruction',
];

/** What cannot be undone takes two: one asks, another one approves. */
const ERASURE: RoleRule['operations'] = {
  $erase: ALL,
  '$approve-erasure': ALL,
  '$withdraw-erasure': ALL,
  $erasures: ALL,
};

/** Every resource type that is served, and who may do what with it. A type that is not here is denied. */
export const RULES: Readonly<Record<string, TypeRule>> = {
  Patient: {
    aboutPatients: true,
    roles: {
      patient: { read: OWN, update: OWN, operations: { $everything: OWN, '$emergency-access': OWN } },
      practitioner: {
        read: CARE,
        operations: { $everything: CARE, $match: ALL, '$break-glass': ALL },
      },
      frontdesk: { read: ALL, create: ALL, update: ALL, operations: { $match: ALL } },
      compliance: {
        read: ALL,
        operations: {
          '$emergency-access': ALL,
          '$review-emergency-access': ALL,
          '$place-legal-hold': ALL,
          '$lift-legal-hold': ALL,
          ...ERASURE,
        },
        without: ['Patient.telecom', 'Patient.address', 'Patient.photo', 'Patient.contact'],
      },
      admin: {
        read: ALL,
        create: ALL,
        update: ALL,
        delete: ALL,
        operations: { $match: ALL, $merge: ALL, $unmerge: ALL, ...ERASURE },
      },
      app: { read: APP, export: APP, operations: { $everything: APP, $match: APP } },
    },
  },
  RelatedPerson: {
    aboutPatients: true,
    roles: {
      // who acts for a patient would write their own authority
      patient: { read: OWN, create: ['own'], update: ['own'] },
      practitioner: { read: CARE },
      frontdesk: { read: ALL, create: ALL, update: ALL },
      compliance: { read: ALL },
      admin: { read: ALL, create: ALL, update: ALL, delete: ALL },
      app: { read: APP, export: APP },
    },
  },
  Practitioner: directory([
    "Practitioner.telecom.where(system='email')",
    'Practitioner.address',
    'Practitioner.birthDate',
  ]),
  PractitionerRole: directory(["PractitionerRole.telecom.where(system='email')"]),
  Organization: directory(),
  Location: directory(),
  Consent: {
    aboutPatients: true,
    roles: {
      patient: { read: OWN, create: OWN, update: OWN },
      practitioner: { read: CARE },
      frontdesk: { read: ALL, create: ALL, update: ALL },
      compliance: { read: ALL },
      admin: { read: ALL },
    },
  },
  CareTeam: {
    aboutPatients: true,
    roles: {
      patient: { read: OWN },
      practitioner: { read: CARE },
      frontdesk: { read: ALL, create: ALL, update: ALL },
      compliance: { read: ALL },
      admin: { read: ALL, create: ALL, update: ALL },
    },
  },
  Schedule: availability('Schedule'),
  Slot: availability('Slot', { $find: ALL }),
  Appointment: withEverything({
    aboutPatients: true,
    roles: {
      patient: {
        read: OWN,
        create: OWN,
        update: OWN,
        operations: { $find: ALL, $hold: OWN, $book: OWN },
        without: ['Appointment.comment'],
      },
      practitioner: {
        read: ['self', ...CARE],
        create: ['self'],
        update: ['self'],
        operations: { $find: ALL, $hold: ['self'], $book: ['self'] },
      },
      frontdesk: {
        read: ALL,
        create: ALL,
        update: ALL,
        operations: { $find: ALL, $hold: ALL, $book: ALL },
        without: UNSEEN_REASONS,
      },
      admin: { read: ALL, create: ALL, update: ALL, without: UNSEEN_REASONS },
      app: {
        read: APP,
        create: APP,
        update: APP,
        export: APP,
        operations: { $find: ALL, $hold: APP, $book: APP },
      },
    },
  }),
  AppointmentResponse: {
    aboutPatients: true,
    roles: {
      patient: { read: OWN, create: OWN },
      practitioner: { read: ['self', ...CARE], create: ['self'] },
      frontdesk: { read: ALL, create: ALL },
      admin: { read: ALL },
      app: { read: APP, create: APP, export: APP },
    },
  },
  AuditEvent: {
    aboutPatients: true,
    // what is about nobody's health: a practitioner sees what their own account went through
    roles: {
      patient: { read: OWN },
      practitioner: { read: ['self'] },
      compliance: { read: ALL, export: ALL },
    },
  },
  DocumentReference: clinical({ create: OWN, update: OWN }),
  Binary: clinical({ create: OWN }),
  DiagnosticReport: clinical(),
  Observation: clinical({ create: OWN }),
  Condition: clinical(),
  AllergyIntolerance: clinical(),
  MedicationRequest: clinical(),
  Immunization: clinical(),
  CarePlan: clinical(),
  Procedure: clinical(),
  Encounter: withEverything(clinical()),
};

const READS: readonly string[] = ['read', 'vread', 'history', 'search'];

const READING_OPERATIONS: readonly string[] = ['$everything', '$emergency-access', '$erasures'];

/** Whether an action shows resources and does nothing else. */
export function isRead(action: Action): boolean {
  return READS.includes(action) || READING_OPERATIONS.includes(action);
}

/** What a rule grants for an action; nothing when it says nothing of it. */
export function grantsFor(rule: RoleRule, action: Action): readonly Grant[] {
  if (READS.includes(action)) return rule.read ?? NOTHING;
  if (isWrite(action)) return rule[action] ?? NOTHING;
  const operations = rule.operations ?? {};
  return Object.hasOwn(operations, action) ? (operations[action] ?? NOTHING) : NOTHING;
}

const NOTHING: readonly Grant[] = [];
const WRITES = ['create', 'update', 'delete', 'export'] as const;

function isWrite(action: string): action is (typeof WRITES)[number] {
  return (WRITES as readonly string[]).includes(action);
}

/** Grants that are decided by what is known of the subject alone. (What is one's own may have been merged.) */
export const WITHOUT_FACTS: readonly Grant[] = ['self', 'all'];

/** Grants that hold as far as consents allow. */
export const UNDER_CONSENT: readonly Grant[] = ['acted-for', 'treated', 'emergency', 'shared', 'consented'];

/** Whether patients can share resources of the type. */
export function isShareable(type: string): boolean {
  const rule = Object.hasOwn(RULES, type) ? RULES[type]?.roles.practitioner : undefined;
  return rule?.read?.includes('shared') === true;
}

/** Whether a decision looks at facts: relations, merges or consents. */
export function needsFacts({ role }: Subject, action: Action, type: string): boolean {
  const rule = Object.hasOwn(RULES, type) ? RULES[type]?.roles[role] : undefined;
  return rule !== undefined && grantsFor(rule, action).some((grant) => !WITHOUT_FACTS.includes(grant));
}

/** Whether a practitioner may do that with all that is their own, whatever is known of its patients. */
export function mayWithOwn({ role, person, patient }: Subject, action: Action, type: string): boolean {
  if (person?.type !== 'Practitioner' || patient !== undefined) return false;
  const rule = Object.hasOwn(RULES, type) ? RULES[type]?.roles[role] : undefined;
  return rule !== undefined && grantsFor(rule, action).includes('self');
}
