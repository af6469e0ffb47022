import type { Offers } from '@careplane/operator/engines/versions/offers';
import { keyOf } from '@careplane/operator/runtime/keys';
import type { CustomObject } from '@careplane/operator/runtime/kube';
import { silentLogger } from '@careplane/operator/runtime/telemetry/log';
import type { AdmissionRequest } from '@careplane/operator/webhooks/admission-review';
import {
  validateObject,
  type ValidationContext,
} from '@careplane/operator/webhooks/validate/validate-object';
import type { Declaration } from './declare.ts';
import type { Rehearsal } from './rehearsal.ts';
import { objectId } from './snapshot.ts';

/** What the operator's webhook would say to the objects, if all of them were there. */
export interface Admission {
  refused: string[];
  warnings: string[];
}

/** The graph reports these with their reason, from the objects of all files. */
const EDGE = /^spec\.(calls|stores|broker|consumes)\b/;

/** Asks the webhook's own rules. To be asked after everything was declared, and before children are rehearsed. */
export async function admit(
  declared: readonly Declaration[],
  rehearsal: Rehearsal,
  offers: Offers,
): Promise<Admission> {
  const said: Admission = { refused: [], warnings: [] };
  for (const { object } of declared) {
    const { causes, warnings } = await validateObject(requestOf(object, rehearsal), {
      ...contextOf(object, rehearsal),
      offers,
    });
    const name = `${object.kind} ${object.metadata.name}`;
    said.refused.push(...causes.map(({ field, message }) => `${name}: ${field}: ${message}`));
    const isEdge = (warning: string): boolean => object.kind === 'HealthcareService' && EDGE.test(warning);
    said.warnings.push(...warnings.filter((one) => !isEdge(one)).map((warning) => `${name}: ${warning}`));
  }
  return said;
}

function requestOf(object: CustomObject<unknown>, { live }: Rehearsal): AdmissionRequest {
  const oldObject = live.get(objectId(object, keyOf(object)));
  const request = { uid: 'plan', object };
  return (
    oldObject === undefined
      ? { ...request, operation: 'CREATE' }
      : { ...request, operation: 'UPDATE', oldObject }
  ) as AdmissionRequest;
}

/** Objects of the files are there as much as those of the cluster. */
function contextOf(object: CustomObject<unknown>, rehearsal: Rehearsal): ValidationContext {
  const { cache, live } = rehearsal.contextOf(object);
  return {
    cache,
    lookup: async (type, key) => cache.get(type, key) ?? (await live.get(type, key)),
    log: silentLogger,
  };
}
