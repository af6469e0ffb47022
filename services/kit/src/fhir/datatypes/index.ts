import { addressSpec } from './address.ts';
import { ageSpec } from './age.ts';
import { annotationSpec } from './annotation.ts';
import { attachmentSpec } from './attachment.ts';
import { codeableConceptSpec } from './codeable-concept.ts';
import { codingSpec } from './coding.ts';
import { contactDetailSpec } from './contact-detail.ts';
import { contactPointSpec } from './contact-point.ts';
import { contributorSpec } from './contributor.ts';
import { countSpec } from './count.ts';
import { dataRequirementSpec } from './data-requirement.ts';
import { distanceSpec } from './distance.ts';
import { dosageSpec } from './dosage.ts';
import { durationSpec } from './duration.ts';
import { expressionSpec } from './expression.ts';
import { extensionSpec } from './extension.ts';
import { humanNameSpec } from './human-name.ts';
import { identifierSpec } from './identifier.ts';
import { metaSpec } from './meta.ts';
import { moneySpec } from './money.ts';
import { narrativeSpec } from './narrative.ts';
import { parameterDefinitionSpec } from './parameter-definition.ts';
import { periodSpec } from './period.ts';
import { quantitySpec } from './quantity.ts';
import { rangeSpec } from './range.ts';
import { ratioSpec } from './ratio.ts';
import { referenceSpec } from './reference.ts';
import { relatedArtifactSpec } from './related-artifact.ts';
import { sampledDataSpec } from './sampled-data.ts';
import { signatureSpec } from './signature.ts';
import { timingSpec } from './timing.ts';
import { triggerDefinitionSpec } from './trigger-definition.ts';
import { usageContextSpec } from './usage-context.ts';
import type { TypeSpec } from '../schema/spec.ts';

/** The complex datatypes of R4 that an element or an extension here may have. */
export const DATATYPES: Readonly<Record<string, TypeSpec>> = {
  Address: addressSpec,
  Age: ageSpec,
  Annotation: annotationSpec,
  Attachment: attachmentSpec,
  CodeableConcept: codeableConceptSpec,
  Coding: codingSpec,
  ContactDetail: contactDetailSpec,
  ContactPoint: contactPointSpec,
  Contributor: contributorSpec,
  Count: countSpec,
  DataRequirement: dataRequirementSpec,
  Distance: distanceSpec,
  Dosage: dosageSpec,
  Duration: durationSpec,
  Expression: expressionSpec,
  Extension: extensionSpec,
  HumanName: humanNameSpec,
  Identifier: identifierSpec,
  Meta: metaSpec,
  Money: moneySpec,
  Narrative: narrativeSpec,
  ParameterDefinition: parameterDefinitionSpec,
  Period: periodSpec,
  Quantity: quantitySpec,
  Range: rangeSpec,
  Ratio: ratioSpec,
  Reference: referenceSpec,
  RelatedArtifact: relatedArtifactSpec,
  SampledData: sampledDataSpec,
  Signature: signatureSpec,
  Timing: timingSpec,
  TriggerDefinition: triggerDefinitionSpec,
  UsageContext: usageContextSpec,
};
