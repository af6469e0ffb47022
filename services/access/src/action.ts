/** What is done with a resource: FHIR's interactions, operations by their name, exports. */
export type Action =
  'read' | 'vread' | 'history' | 'search' | 'create' | 'update' | 'delete' | 'export' | `$${string}`;

/** Why data is used: codes of http://terminology.hl7.org/CodeSystem/v3-ActReason. */
export const PURPOSES = [
  'TREAT',
  'HOPERAT',
  'HPAYMT',
  'PATRQT',
  'FAMRQT',
  'HRESCH',
  'BTG',
  'PUBHLTH',
] as const;
export type Purpose = (typeof PURPOSES)[number];
