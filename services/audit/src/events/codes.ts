import { SECURITY_EVENTS } from '@careplane/kit';
import type { AuditEntry, Coding, SecurityEvent, SecurityEventKind } from '@careplane/kit';

const HL7 = 'http://terminology.hl7.org/CodeSystem';
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
/** Of what no public code system has: operations, and what accounts and keys go through. */
export const OWN_SYSTEM = 'https://careplane.dev/fhir/CodeSystem/audit-action';

type Category = 'rest' | 'export' | 'import' | 'query' | 'log-in' | 'security';

const TYPES: Readonly<Record<Category, Coding>> = {
  rest: { system: `${HL7}/audit-event-type`, code: 'rest', display: 'RESTful Operation' },
  export: { system: DICOM, code: '110106', display: 'Export' },
  import: { system: DICOM, code: '110107', display: 'Import' },
  query: { system: DICOM, code: '110112', display: 'Query' },
  'log-in': { system: DICOM, code: '110114', display: 'User Authentication' },
  security: { system: DICOM, code: '110113', display: 'Security Alert' },
};

/** DICOM PS3.16, CID 401. */
const SUBTYPES: Readonly<Record<string, string>> = {
  '110122': 'Login',
  '110123': 'Logout',
  '110127': 'Emergency Override Started',
  '110129': 'Security Configuration',
  '110131': 'Software Configuration',
  '110132': 'Use of Restricted Function',
  '110135': 'Object Security Attributes Changed',
  '110136': 'Security Roles Changed',
  '110137': 'User Security Attributes Changed',
};

interface Meaning {
  readonly category: Category;
  /** The most general first; the last says it exactly. */
  readonly subtypes: readonly Coding[];
  /** Create, read, update, delete, execute (R4, audit-event-action). */
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
}

const interaction = (code: string, action: Meaning['action']): Meaning => ({
  category: 'rest',
  subtypes: [{ system: 'http://hl7.org/fhir/restful-interaction', code }],
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
  export: { category: 'export', subtypes: [own('export')], action: 'R' },
  '$break-glass': { category: 'rest', subtypes: [dicom('110127'), own('$break-glass')], action: 'E' },
};

/** What an action of the trail is in FHIR. */
export function meaningOf(action: string): Meaning {
  if (Object.hasOwn(INTERACTIONS, action)) return INTERACTIONS[action] as Meaning;
  if (isSecurityEvent(action)) return securityMeaning(action);
  return { category: action.startsWith('$') ? 'rest' : 'security', subtypes: [own(action)], action: 'E' };
}

function securityMeaning(kind: SecurityEventKind): Meaning {
  const { type, subtype, verb }: SecurityEvent = SECURITY_EVENTS[kind];
  const category = CATEGORIES.find((one) => TYPES[one].code === type) ?? 'security';
  const subtypes = [...(subtype === undefined ? [] : [dicom(subtype)]), own(kind)];
  return { category, subtypes, action: verb };
}

const CATEGORIES = Object.keys(TYPES) as Category[];

/** Whether an action is about accounts, apps, keys or stores, and none over FHIR. */
export function isSecurityEvent(action: string): action is SecurityEventKind {
  return Object.hasOwn(SECURITY_EVENTS, action);
}

function dicom(code: string): Coding {
  const display = SUBTYPES[code];
  return { system: DICOM, code, ...(display === undefined ? {} : { display }) };
}

function own(code: string): Coding {
  return { system: OWN_SYSTEM, code };
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
