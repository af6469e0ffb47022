import { encryptedStore } from '../../api/encryptedstore.ts';
import { healthcareService, type HealthcareService } from '../../api/healthcareservice.ts';
import { messageBroker } from '../../api/messagebroker.ts';
import { observabilityStack } from '../../api/observabilitystack.ts';
import { scalingPolicy, type ScalingPolicy } from '../../api/scalingpolicy.ts';
import { danglingEdges } from './dangling-edges.ts';
import { exposedPaths } from './exposed-paths.ts';
import { mountedSecrets, secretsInUse } from './mounted-secrets.ts';
import { reservedAccounts, reservedNames } from './reserved-names.ts';
import { nodePorts } from './node-ports.ts';
import type { Owner } from '../../names/child-names.ts';
import type { Finding, OtherObjects, Rule } from './rule.ts';
import { scalingTarget } from './scaling-target.ts';
import { scheduling } from './scheduling.ts';
import { takenNames } from './taken-names.ts';

const ofServices: Rule<HealthcareService>[] = [
  reservedNames,
  reservedAccounts,
  takenNames,
  mountedSecrets,
  exposedPaths,
  nodePorts,
  scheduling,
  danglingEdges,
];
const ofPolicies: Rule<ScalingPolicy>[] = [scalingTarget];
const ofProviders: Rule<Owner>[] = [reservedNames, takenNames, secretsInUse, scheduling];

/** The findings of all rules of the object's kind. */
export function findings(object: Owner | ScalingPolicy, others: OtherObjects): Finding[] {
  switch (object.kind) {
    case healthcareService.kind:
      return ofServices.flatMap((rule) => rule(object as HealthcareService, others));
    case scalingPolicy.kind:
      return ofPolicies.flatMap((rule) => rule(object as ScalingPolicy, others));
    case encryptedStore.kind:
    case messageBroker.kind:
    case observabilityStack.kind:
      return ofProviders.flatMap((rule) => rule(object as Owner, others));
    default:
      return [];
  }
}
