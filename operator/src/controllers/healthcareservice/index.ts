import { LABEL } from '../../api/group.ts';
import { encryptedStores } from '../../api/encryptedstore.ts';
import { healthcareServices } from '../../api/healthcareservice.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import { observabilityStacks } from '../../api/observabilitystack.ts';
import { scalingPolicies } from '../../api/scalingpolicy.ts';
import type { Context, Controller, Outcome, Watch } from '../../runtime/controller.ts';
import { systemClock } from '../../runtime/clock.ts';
import { KIND_LABEL } from '../../runtime/keys.ts';
import type { KubeObject, ObjectKey } from '../../runtime/kube.ts';
import { watch } from '../../k8s/watch.ts';
import { metadataOnly } from '../../runtime/apply/owned-types.ts';
import type { Settings } from '../../config.ts';
import { byPolicy, OF_AGENT, policyEvents, subjectOf } from './network/blocked-flows.ts';
import { Neighbours, usersOfBrokers, usersOfSecret, usersOfStore } from './concerned.ts';
import { mayTakeReplicas, targetOf } from '../../k8s/foreign-autoscaler.ts';
import { serviceGauges } from './gauges.ts';
import { SecretGenerator, watchSecrets } from './bindings/generated-secrets.ts';
import { serviceIndexes } from './indexes.ts';
import {
  configMaps,
  controllerRevisions,
  deployments,
  horizontalPodAutoscalers,
  networkPolicies,
  podDisruptionBudgets,
  pods,
  secrets,
  serviceAccounts,
  services,
} from '../../k8s/types.ts';
import { observe } from './observe.ts';
import type { Sources } from './observe.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';
import { trafficReader } from './rollout/revision-traffic.ts';
import { FingerprintKey } from './bindings/secret-fingerprint.ts';
import { TokenIssuerReader } from './bindings/token-issuer.ts';
import { withheldSecrets } from '../../names/withheld-secrets.ts';

/** Milliseconds between looks at a Secret that somebody has yet to create. */
const WAIT_FOR_SECRET = 15_000;

/** What the controller needs to know of the program's settings. */
export type ServiceSettings = Pick<
  Settings,
  'imagePullPolicy' | 'priorityClassPrefix' | 'leaseNamespace' | 'clusterDomain'
>;

/** The controller of HealthcareService. */
export function healthcareServiceController(
  settings: ServiceSettings,
): Controller<HealthcareService, Observed> {
  const fingerprintKey = new FingerprintKey(settings.leaseNamespace);
  const generator = new SecretGenerator();
  const sources: Sources = {
    tokenIssuer: new TokenIssuerReader(),
    fingerprintKey,
    traffic: trafficReader(systemClock),
    clusterDomain: settings.clusterDomain,
  };
  return {
    type: healthcareServices,
    owns: [
      controllerRevisions,
      deployments,
      ...metadataOnly(services, serviceAccounts, configMaps, podDisruptionBudgets, networkPolicies),
    ],
    watches: watches(),
    indexes: [...serviceIndexes, byPolicy],
    gauges: serviceGauges,
    decides: ['rollout', 'revision'],
    observe: (service, context) => observe(service, context, sources),
    plan: (service, observed) => plan(service, observed, settings),
    mayTake: mayTakeReplicas,
    act: (service, observed, context) =>
      provideSecrets(service, observed, context, { fingerprintKey, generator }),
  };
}

/** Makes what can be made of the Secrets that the service reads, and sees to it that their changes are heard of. */
async function provideSecrets(
  service: HealthcareService,
  observed: Observed,
  context: Context,
  { fingerprintKey, generator }: { fingerprintKey: FingerprintKey; generator: SecretGenerator },
): Promise<Outcome> {
  const { secrets: found, secretsFingerprint } = observed;
  // Nothing is written into what is somebody else's; the condition says so.
  if (withheldSecrets(service, observed).length > 0) return {};
  if (found.length === 0) return {};
  if (found.some(({ missingKeys }) => missingKeys.length > 0))
    return secretsMade(await generator.generate(service, context));
  const unwatched = found.filter(({ exists, isWatched }) => exists && !isWatched).map(({ name }) => name);
  await watchSecrets(unwatched, service.metadata.namespace ?? '', context);
  if (found.some(({ exists }) => !exists)) return { requeueAfterMs: WAIT_FOR_SECRET };
  if (secretsFingerprint !== undefined) return {};
  await fingerprintKey.make(context);
  return { requeueAfterMs: 1 };
}

function secretsMade(names: string[]): Outcome {
  const events = names.map((name) => ({
    type: 'Normal' as const,
    reason: 'SecretGenerated',
    message: `filled the missing keys of the Secret ${name} with random values`,
  }));
  return { events };
}

function watches(): Watch[] {
  const neighbours = new Neighbours();
  return [
    watch({ type: healthcareServices, map: (service, cache) => neighbours.concerned(service, cache) }),
    watch({ type: encryptedStores, map: usersOfStore }),
    watch({ type: messageBrokers, map: usersOfBrokers }),
    watch({ type: scalingPolicies, map: ({ metadata, spec }) => keyIn(metadata, spec.target.service) }),
    watch({
      type: horizontalPodAutoscalers,
      map: (autoscaler) => keyIn(autoscaler.metadata, targetOf(autoscaler)),
    }),
    watch({
      type: pods,
      labelSelector: LABEL.service,
      map: ({ metadata }) => keyIn(metadata, metadata.labels?.[LABEL.service]),
    }),
    watch({ type: secrets, labelSelector: KIND_LABEL, metadataOnly: true, map: usersOfSecret }),
    watch({ type: secrets, labelSelector: LABEL.watched, metadataOnly: true, map: usersOfSecret }),
    // Looked up when a young revision is judged; nobody needs to be woken for it.
    watch({ type: observabilityStacks, map: () => [] }),
    watch({ type: policyEvents, fieldSelector: OF_AGENT, map: subjectOf }),
  ];
}

function keyIn({ namespace = '' }: KubeObject['metadata'], name: string | undefined): ObjectKey[] {
  return name === undefined ? [] : [{ namespace, name }];
}
