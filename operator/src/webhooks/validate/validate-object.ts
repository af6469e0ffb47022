import type { ScalingPolicy } from '../../api/scalingpolicy.ts';
import type { Owner } from '../../names/child-names.ts';
import type { Cache, Logger } from '../../runtime/controller.ts';
import type { Offers } from '../../engines/versions/offers.ts';
import { digest } from '../../runtime/apply/digest.ts';
import { describe } from '../../runtime/errors.ts';
import type { AdmissionRequest, AdmissionResult, Cause } from '../admission-review.ts';
import { foreignObjects, type LiveRead } from './foreign-objects.ts';
import { keptVolumes } from './kept-volumes.ts';
import { offeredVersion } from './offered-version.ts';
import { otherObjects } from './other-objects.ts';
import { refusedNodePort, type ClusterNodePorts } from './refused-node-port.ts';
import type { Finding } from './rule.ts';
import { findings } from './rules.ts';

/** What the rules read: the operator's caches, and single objects live. */
export interface ValidationContext {
  cache: Cache;
  lookup: LiveRead;
  /** Absent where the API server's own answer is asked for elsewhere. */
  nodePorts?: ClusterNodePorts;
  /** What there is of engines; absent where nobody knows. */
  offers?: Offers;
  log: Logger;
}

type Reviewed = Owner | ScalingPolicy;

/** Decides whether an object may be created or updated. */
export async function validateObject(
  request: AdmissionRequest,
  context: ValidationContext,
): Promise<AdmissionResult> {
  const object = request.object as unknown as Reviewed;
  const others = otherObjects(object, context.cache);
  const found = findings(object, others);
  if (request.operation === 'UPDATE') {
    const old = request.oldObject as unknown as Reviewed;
    // No rule reads labels or annotations.
    if (digest(old.spec) === digest(object.spec)) return { causes: [], warnings: [] };
    const added = await confirmed(tolerated(found, findings(old, others)), context);
    return resultOf([...added, ...version(object, old, context), ...(await nodePort(object, old, context))]);
  }
  return resultOf([
    ...(await confirmed(found, context)),
    ...version(object, undefined, context),
    ...(await foreign(object, context)),
    ...(await nodePort(object, undefined, context)),
  ]);
}

/** A finding that the old object has, too, only warns: a user can repair an object step by step. */
function tolerated(found: readonly Finding[], before: readonly Finding[]): Finding[] {
  const known = new Set(before.map(({ message }) => message));
  return found.map((finding) => (known.has(finding.message) ? { ...finding, effect: 'warn' } : finding));
}

/** Refusals are confirmed by a live read: the cache may still hold a deleted object. */
async function confirmed(found: readonly Finding[], context: ValidationContext): Promise<Finding[]> {
  const standing = await Promise.all(found.map((finding) => stands(finding, context)));
  return found.filter((_, index) => standing[index] === true);
}

async function stands({ effect, rival }: Finding, { lookup, log }: ValidationContext): Promise<boolean> {
  if (effect === 'warn' || rival === undefined) return true;
  try {
    const live = await lookup(rival.type, rival.key);
    return live !== undefined && live.metadata.deletionTimestamp === undefined;
  } catch (error) {
    log.warn('a refusal cannot be confirmed by a live read and rests on the cache', {
      error: describe(error),
    });
    return true;
  }
}

/** A failed read refuses no object. */
async function foreign(object: Reviewed, { lookup, log }: ValidationContext): Promise<Finding[]> {
  try {
    return [
      ...(await keptVolumes(object as Owner, lookup)),
      ...(await foreignObjects(object as Owner, lookup)),
    ];
  } catch (error) {
    log.warn('objects of others cannot be read and are not warned of', { error: describe(error) });
    return [];
  }
}

function version(object: Reviewed, before: Reviewed | undefined, { offers }: ValidationContext): Finding[] {
  return offers === undefined ? [] : offeredVersion(object, before, offers);
}

/** The API server that cannot be asked will refuse the Service itself; the condition then says so. */
async function nodePort(
  object: Reviewed,
  before: Reviewed | undefined,
  { nodePorts, lookup, log }: ValidationContext,
): Promise<Finding[]> {
  if (nodePorts === undefined) return [];
  try {
    return await refusedNodePort(object, before, { nodePorts, lookup });
  } catch (error) {
    log.warn('a node port cannot be tried at the API server', { error: describe(error) });
    return [];
  }
}

function resultOf(found: readonly Finding[]): AdmissionResult {
  const causes: Cause[] = found
    .filter(({ effect }) => effect === 'refuse')
    .map(({ field, message }) => ({ field, message }));
  const warnings = found
    .filter(({ effect }) => effect === 'warn')
    .map(({ field, message }) => `${field}: ${message}`);
  return { causes, warnings };
}
