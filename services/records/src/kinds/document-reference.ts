import { documentReferenceSchema } from '@careplane/kit';
import { code, date, encounter, identifier, patient, reference, subject, text } from '../clinical/kind.ts';
import type { ClinicalKind } from '../clinical/kind.ts';

export const documentReference: ClinicalKind = {
  type: 'DocumentReference',
  documentation: 'Documents about a patient: notes, letters, images; what they say is in the attachment.',
  schema: documentReferenceSchema,
  patient: 'subject',
  category: 'category',
  authors: ['author', 'authenticator'],
  parameters: {
    patient: patient('subject'),
    subject: subject('DocumentReference-subject'),
    identifier: identifier('clinical-identifier', 'masterIdentifier', 'identifier'),
    status: code('DocumentReference-status', 'current, superseded, ...', 'status'),
    type: code('clinical-type', 'The kind of document.', 'type'),
    category: code('DocumentReference-category', 'clinical-note, ...', 'category'),
    contenttype: code(
      'DocumentReference-contenttype',
      'The media type of the content.',
      'content.attachment.contentType',
    ),
    'security-label': code('DocumentReference-security-label', 'How sensitive it is.', 'securityLabel'),
    facility: code('DocumentReference-facility', 'The kind of facility.', 'context.facilityType'),
    description: text('DocumentReference-description', 'A title for people.', 'description'),
    date: date('DocumentReference-date', 'When the reference was made.', 'date'),
    period: date('DocumentReference-period', 'The time that the document is about.', 'context.period'),
    encounter: encounter('clinical-encounter', 'context.encounter'),
    author: reference('DocumentReference-author', 'Who wrote the document.', {
      paths: ['author'],
      targets: ['Practitioner', 'PractitionerRole', 'Organization', 'Device', 'Patient', 'RelatedPerson'],
    }),
    custodian: reference('DocumentReference-custodian', 'Who keeps the document.', {
      paths: ['custodian'],
      targets: ['Organization'],
    }),
    relatesto: reference('DocumentReference-relatesto', 'Another version, or what it is about.', {
      paths: ['relatesTo.target'],
      targets: ['DocumentReference'],
    }),
  },
};
