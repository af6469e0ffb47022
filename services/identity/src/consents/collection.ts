/** Where consents are, with what they mean in plain. */
export const CONSENT_COLLECTION = 'fhir_consents';
