import type { Access, AuditAgent, AuditEntity } from './entry.ts';

/** Events of security by the codes of DICOM PS3.16: what happened (CID 400), and of what kind it was (CID 401). */
export interface SecurityEvent {
  readonly type: EventId;
  /** Absent: no code of DICOM says it; the kind itself does. */
  readonly subtype?: EventTypeCode;
  /** Create, read, update, delete, execute (R4, audit-event-action). */
  readonly verb: 'C' | 'R' | 'U' | 'D' | 'E';
}

/** CID 400. */
type EventId = '110106' | '110107' | '110112' | '110113' | '110114';
/** CID 401. */
type EventTypeCode =
  '110122' | '110123' | '110127' | '110129' | '110131' | '110132' | '110135' | '110136' | '110137';

/** A user comes or goes. */
const authentication = (subtype?: EventTypeCode): SecurityEvent => ({
  type: '110114',
  ...(subtype === undefined ? {} : { subtype }),
  verb: 'E',
});
/** Something changes on which security rests. */
const security = (subtype: EventTypeCode, verb: SecurityEvent['verb'] = 'U'): SecurityEvent => ({
  type: '110113',
  subtype,
  verb,
});
const USER = '110137';
const CONFIGURATION = '110129';
const OBJECT = '110135';

/**
 * What is recorded beside the accesses over FHIR: what accounts, apps and keys go through. A kind that is not here cannot be written, and one that
 * nobody writes fails the build.
 */
export const SECURITY_EVENTS = {
  'log-in': authentication('110122'),
  'log-out': authentication('110123'),
  /** The password again, before a change. */
  'confirm-password': authentication(),
  'session-ended': authentication('110123'),
  'sessions-ended': authentication('110123'),
  'account-created': security(USER, 'C'),
  'account-read': { type: '110112', verb: 'R' },
  'account-enabled': security(USER),
  'account-disabled': security(USER),
  'account-deleted': security(USER, 'D'),
  'password-changed': security(USER),
  'password-reset-asked': security(USER, 'E'),
  'password-reset': security(USER),
  'address-change-asked': security(USER, 'E'),
  'address-changed': security(USER),
  'second-factor-added': security(USER),
  'second-factor-removed': security(USER),
  'second-factor-reset': security(USER),
  'passkey-added': security(USER),
  'passkey-removed': security(USER),
  'recovery-codes-made': security(USER),
  'recovery-code-used': security(USER),
  'public-key-added': security(OBJECT, 'C'),
  'public-key-ended': security(OBJECT, 'D'),
  'scopes-granted': security(OBJECT, 'C'),
  /** A grant was revoked, with the family of its tokens. */
  'scopes-withdrawn': security(OBJECT, 'D'),
  'token-revoked': security(OBJECT, 'D'),
  /** A code or refresh token came twice: somebody has a copy (RFC 9700, 4.14.2). */
  'token-reused': security('110132', 'E'),
  'app-registered': security(CONFIGURATION, 'C'),
  'app-changed': security(CONFIGURATION),
  'app-removed': security(CONFIGURATION, 'D'),
  /** Of the routes of administrators: recorded when refused; what they do has kinds of its own. */
  administer: security('110132', 'E'),
  'signing-key-made': security(CONFIGURATION, 'C'),
  'signing-key-retired': security(CONFIGURATION, 'D'),
  /** Everything is under the current keys: the former ones may go. */
  'keys-replaced': security(CONFIGURATION),
  /** A service has opened its keys, at its start. */
  'keys-opened': security(CONFIGURATION, 'E'),
  /** Data keys of former key versions are unwrapped and wrapped again. */
  'data-keys-rewrapped': security(CONFIGURATION),
  /** A mail about an account goes to the service that sends it. */
  'message-read': { type: '110112', verb: 'R' },
} as const satisfies Record<string, SecurityEvent>;

export type SecurityEventKind = keyof typeof SECURITY_EVENTS;

/** What an event of security says. */
export interface SecurityFact {
  readonly kind: SecurityEventKind;
  readonly agent: AuditAgent;
  /** Default `granted`. */
  readonly outcome?: Access['outcome'];
  readonly reason?: string | undefined;
  readonly entities: readonly AuditEntity[];
  /** The patient whose own account or data it is about: they see it. Absent: compliance alone does. */
  readonly patient?: string | undefined;
}

/** An event of security as the trail takes it. */
export function securityAccess({
  kind,
  agent,
  outcome = 'granted',
  reason,
  entities,
  patient,
}: SecurityFact): Access {
  return {
    action: kind,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    agent,
    entities: [...entities],
    ...(patient === undefined ? {} : { patient }),
  };
}

/** A service that acts by itself, or asks another one. */
export function serviceAgent(name: string): AuditAgent {
  return { role: 'service', account: name };
}
