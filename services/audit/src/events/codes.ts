import type { AuditEntry, Coding } from '@careplane/kit';

const HL7 = 'http://terminology.hl7.org/CodeSystem';
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
/** Of what no public code system has: operations, and what accounts and keys go through. */
export const OWN_SYSTEM = 'https://careplane.dev/fhir/CodeSystem/audit-action';

type Category = 'rest' | 'export' | 'log-in' | 'security';

const TYPES: Readonly<Record<Category, Coding>> = {
  rest: { system: `${HL7}/audit-event-type`, code: 'rest', display: 'RESTful Operation' },
  export: { system: DICOM, code: '110106', display: 'Export' },
  'log-in': { system: DICOM, code: '110114', display: 'User Authentication' },
  security: { system: DICOM, code: '110113', display: 'Security Alert' },
};

interface Meaning {
  readonly category: Category;
  readonly subtype: Coding;
  /** Create, read, update, delete, execute (R4, audit-event-action). */
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
}

const interaction = (code: string, action: Meaning['action']): Meaning => ({
  category: 'rest',
  subtype: { system: 'http://hl7.org/fhir/restful-interaction', code },
  action,
});

const INTERACTIONS: Readonly<Record<string, Meaning>> = {
  read: interaction('read', 'R'),
  vread: interaction('vread', 'R'),
  history: interaction('history-instance', 'R'),
  search: interaction('search-type', 'E'),
  create: interaction('create', 'C'),
  update: interaction('update', 'U'),
  delete: interaction('delete', 'D'),
  export: { category: 'export', subtype: { system: OWN_SYSTEM, code: 'export' }, action: 'R' },
  'log-in': { category: 'log-in', subtype: { system: DICOM, code: '110122', display: 'Login' }, action: 'E' },
  'log-out': {
    category: 'log-in',
    subtype: { system: DICOM, code: '110123', display: 'Logout' },
    action: 'E',
  },
};

/** What an action of the trail is in FHIR. */
export function meaningOf(action: string): Meaning {
  if (Object.hasOwn(INTERACTIONS, action)) return INTERACTIONS[action] as Meaning;
  const category = action.startsWith('$') ? 'rest' : 'security';
  return { category, subtype: { system: OWN_SYSTEM, code: action }, action: 'E' };
}

export function typeOf(action: string): Coding {
  return TYPES[meaningOf(action).category];
}

/** R4's codes: 0 success, 4 minor failure, 8 serious failure. A denial is serious: somebody has tried what they may not. */
export const OUTCOME_CODES: Readonly<Record<AuditEntry['outcome'], '0' | '4' | '8'>> = {
  granted: '0',
  failed: '4',
  denied: '8',
};
