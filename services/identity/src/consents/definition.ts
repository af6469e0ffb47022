import { consentSchema } from '@careplane/kit';
import type { ResourceDefinition, SearchParameter } from '@careplane/kit';
import type { FhirConsents } from './consents.ts';
import { idIn } from '../persons/elements.ts';

const defined = (name: string): { readonly definition: string } => ({
  definition: `http://hl7.org/fhir/SearchParameter/${name}`,
});

const PARAMETERS: Readonly<Record<string, SearchParameter>> = {
  patient: {
    type: 'reference',
    documentation: 'Whose consent it is.',
    targets: ['Patient'],
    paths: ['patient'],
    ...defined('clinical-patient'),
  },
  status: { type: 'token', documentation: 'active, inactive, ...', ...defined('Consent-status') },
  scope: {
    type: 'token',
    documentation: 'patient-privacy, treatment or research.',
    ...defined('Consent-scope'),
  },
  category: {
    type: 'token',
    documentation: 'notifications-email, proxy or share.',
    ...defined('Consent-category'),
  },
};

/** Consents over FHIR R4, for `createFhirRouter`. */
export function consentDefinition(store: FhirConsents): ResourceDefinition {
  return {
    type: 'Consent',
    documentation:
      'What a patient permits and denies: by recipient, purpose, data class and period, after a policy OPTIN or OPTOUT. It is withdrawn by the status inactive.',
    schema: consentSchema,
    attributes: (resource) => {
      const patient = idIn((resource['patient'] as { reference?: string } | undefined)?.reference, 'Patient');
      return {
        ...(resource.id === undefined ? {} : { id: [resource.id] }),
        ...(patient === undefined ? {} : { patient: [patient] }),
      };
    },
    searchParameters: PARAMETERS,
    includes: ['patient'],
    store,
  };
}
