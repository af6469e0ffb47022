/** What a language needs to tell of an access in plain words. Texts in braces are filled in. */
export interface Vocabulary {
  /** As HTML names it (BCP 47). */
  readonly code: string;
  /** By the role of the agent, where there is no name. `{service}` */
  readonly roles: Readonly<Record<string, string>>;
  readonly unknownRole: string;
  readonly you: string;
  readonly thePatient: string;
  /** Another patient's account: somebody acts for the patient. */
  readonly proxy: string;
  /** `{app}` */
  readonly throughApp: string;
  /** What was done, by action; others: `{action}`. */
  readonly actions: Readonly<Record<string, string>>;
  readonly otherAction: string;
  /** Resources by type, in the plural. */
  readonly types: Readonly<Record<string, string>>;
  readonly purposes: Readonly<Record<string, string>>;
  readonly granted: string;
  readonly denied: string;
  readonly failed: string;
  /** Break-glass. */
  readonly emergency: string;
  /** `{reason}` */
  readonly emergencyFor: string;
  /** `{count}` */
  readonly standsFor: string;
}
