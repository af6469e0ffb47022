import { SECURITY_EVENTS } from '../../services/kit/src/audit/security-events.ts';
import type { SecurityEvent } from '../../services/kit/src/audit/security-events.ts';
import { writersOf } from '../security-events.ts';

const INTRODUCTION = `# Events of the audit

Generated from \`services/kit/src/audit/security-events.ts\` and from where the code writes them. Accesses over FHIR are not here: each interaction
(\`read\`, \`search\`, \`create\`, ...) and operation (\`$match\`, \`$break-glass\`, ...) is an entry under its own name, of type \`rest\`.

An AuditEvent has the type and subtype of DICOM (PS3.16, CID 400 and 401) and the kind as a second subtype of
\`https://careplane.dev/fhir/CodeSystem/audit-action\`, so that \`subtype=password-changed\` finds it. What is about a patient's own account names
the patient, who sees it; a practitioner sees what is about their own; the rest is seen by compliance alone.
Why what is here is here, and what is not: [decision 0035](../decisions/0035-events-beside-accesses.md).
`;

/** The page of all kinds of events that are recorded beside accesses over FHIR. */
export function auditEventsPage(root: string): string {
  const rows = [...writersOf(root)].map(([kind, files]) => {
    const { type, subtype, verb }: SecurityEvent = SECURITY_EVENTS[kind];
    const writers = files
      .map((path) => `[${path.split('/').slice(1, 2).join('')}](../../${path})`)
      .join(', ');
    return `| \`${kind}\` | ${type} | ${subtype ?? ''} | ${verb} | ${writers} |`;
  });
  const head = ['| Kind | Type | Subtype | Action | Written by |', '| --- | --- | --- | --- | --- |'];
  return `${INTRODUCTION}\n${[...head, ...rows].join('\n')}\n`;
}
