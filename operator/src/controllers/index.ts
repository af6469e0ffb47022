import { Authorities } from '../pki/authority.ts';
import type { AnyController } from '../runtime/controller.ts';
import { encryptedStoreController } from './encryptedstore/index.ts';
import { healthcareServiceController } from './healthcareservice/index.ts';
import { labelled } from './labelled.ts';
import { messageBrokerController } from './messagebroker/index.ts';
import { queueDepthReader } from '../engines/rabbitmq/queue-depth-reader.ts';
import { observabilityStackController } from './observabilitystack/index.ts';
import { scalingPolicyController } from './scalingpolicy/index.ts';
import { clusterMetrics } from './scalingpolicy/metrics.ts';
import type { Settings } from '../config.ts';

/** The controllers of all five kinds. */
export function controllers(settings: Settings): AnyController[] {
  // One for all engines: the certificates of a namespace are signed by one authority.
  const authorities = new Authorities(settings.leaseNamespace);
  return [
    healthcareServiceController(settings),
    scalingPolicyController(clusterMetrics(queueDepthReader())),
    encryptedStoreController(settings, authorities),
    messageBrokerController(settings, authorities),
    observabilityStackController(settings),
  ].map(labelled);
}
