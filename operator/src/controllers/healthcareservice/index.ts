import { LABEL } from '../../api/group.ts';
import { encryptedStores } from '../../api/encryptedstore.ts';
import { healthcareServices } from '../../api/healthcareservice.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import { scalingPolicies } from '../../api/scalingpolicy.ts';
import type { Controller, Outcome, Watch } from '../../runtime/controller.ts';
import { KIND_LABEL } from '../../runtime/keys.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../runtime/kube.ts';
import type { Settings } from '../settings.ts';
import { Neighbours, usersOfBrokers, usersOfSecret, usersOfStore } from './concerned.ts';
import { targetOf } from './foreignAutoscaler.ts';
import { generateSecrets } from './generatedSecrets.ts';
import {
  configMaps,
  deployments,
  horizontalPodAutoscalers,
  networkPolicies,
  podDisruptionBudgets,
  pods,
  secrets,
  serviceAccounts,
  services,
} from './kubernetes.ts';
import { observe } from './observe.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';
import { TokenIssuerReader } from './tokenIssuer.ts';

/** Milliseconds until a generated Secret is looked at again; it is not watched, since it carries no label of ours. */
const LOOK_AGAIN = 500;

/** Milliseconds between looks at a Secret that somebody has yet to create. */
const WAIT_FOR_SECRET = 15_000;

/** The controller of HealthcareService. */
export function healthcareServiceController(
  settings: Pick<Settings, 'imagePullPolicy'>,
): Controller<HealthcareService, Observed> {
  const tokenIssuer = new TokenIssuerReader();
  return {
    type: healthcareServices,
    owns: [deployments, services, serviceAccounts, configMaps, podDisruptionBudgets, networkPolicies],
    watches: watches(),
    observe: (service, context) => observe(service, context, tokenIssuer),
    plan: (service, observed) => plan(service, observed, settings),
    act: async (service, observed, context) => {
      const isMissing = observed.secrets.some(({ missingKeys }) => missingKeys.length > 0);
      if (isMissing) return secretsMade(await generateSecrets(service, context));
      const isAwaited = observed.secrets.some(({ exists }) => !exists);
      return isAwaited ? { requeueAfterMs: WAIT_FOR_SECRET } : {};
    },
  };
}

function secretsMade(names: string[]): Outcome {
  const events = names.map((name) => ({
    type: 'Normal' as const,
    reason: 'SecretGenerated',
    message: `filled the missing keys of the Secret ${name} with random values`,
  }));
  return { events, requeueAfterMs: LOOK_AGAIN };
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
  ];
}

/** Lets the compiler find out the type of the watched objects. */
function watch<T extends KubeObject>(definition: Watch<T> & { type: ResourceType<T> }): Watch {
  return definition;
}

function keyIn({ namespace = '' }: KubeObject['metadata'], name: string | undefined): ObjectKey[] {
  return name === undefined ? [] : [{ namespace, name }];
}
