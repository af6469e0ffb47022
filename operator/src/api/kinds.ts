import { encryptedStore } from './encryptedstore.ts';
import { healthcareService } from './healthcareservice.ts';
import type { KindDefinition } from './kind.ts';
import { messageBroker } from './messagebroker.ts';
import { observabilityStack } from './observabilitystack.ts';
import { scalingPolicy } from './scalingpolicy.ts';

/** Every kind of Careplane. */
export const kinds: readonly KindDefinition[] = [
  healthcareService,
  scalingPolicy,
  encryptedStore,
  messageBroker,
  observabilityStack,
];
