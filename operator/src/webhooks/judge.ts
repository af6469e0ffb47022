import type { ScalingPolicy } from '../api/scalingpolicy.ts';
import type { Owner } from '../names/child-names.ts';
import type { Cache, Logger } from '../runtime/controller.ts';
import { digest } from '../runtime/apply/digest.ts';
import { describe } from '../runtime/errors.ts';
import type { AdmissionRequest, AdmissionVerdict, Cause } from './admission-review.ts';
import { foreignObjects, type Lookup } from './validate/foreign-objects.ts';
import { neighboursOf } from './validate/neighbours.ts';
import type { Finding } from './validate/rule.ts';
import { findings } from './validate/rules.ts';

/** What a verdict is made from: the operator's caches, and single objects read live. */
export interface Sight {
  cache: Cache;
  lookup: Lookup;
  log: Logger;
}

type Reviewed = Owner | ScalingPolicy;

/** Decides about one object that somebody makes or changes. */
export async function judge(request: AdmissionRequest, sight: Sight): Promise<AdmissionVerdict> {
  const object = request.object as unknown as Reviewed;
  const neighbours = neighboursOf(object, sight.cache);
  const found = findings(object, neighbours);
  if (request.operation === 'UPDATE') {
    const old = request.oldObject as unknown as Reviewed;
    // Labels and annotations say nothing that a rule looks at.
    if (digest(old.spec) === digest(object.spec)) return { causes: [], warnings: [] };
    return verdictOf(await confirmed(tolerated(found, findings(old, neighbours)), sight));
  }
  return verdictOf([...(await confirmed(found, sight)), ...(await foreign(object, sight))]);
}

/** What was already so is not refused for being so: whoever repairs an object step by step must be able to. */
function tolerated(found: readonly Finding[], before: readonly Finding[]): Finding[] {
  const known = new Set(before.map(({ message }) => message));
  return found.map((finding) => (known.has(finding.message) ? { ...finding, effect: 'warn' } : finding));
}

/** The caches may be a moment behind: an object that has just been deleted keeps nobody out. */
async function confirmed(found: readonly Finding[], sight: Sight): Promise<Finding[]> {
  const standing = await Promise.all(found.map((finding) => stands(finding, sight)));
  return found.filter((_, index) => standing[index] === true);
}

async function stands({ effect, rival }: Finding, { lookup, log }: Sight): Promise<boolean> {
  if (effect === 'warn' || rival === undefined) return true;
  try {
    const live = await lookup(rival.type, rival.key);
    return live !== undefined && live.metadata.deletionTimestamp === undefined;
  } catch (error) {
    log.warn('a refusal could not be confirmed and stands on what is cached', { error: describe(error) });
    return true;
  }
}

/** Only warnings: what cannot be read now keeps nobody from making an object. */
async function foreign(object: Reviewed, { lookup, log }: Sight): Promise<Finding[]> {
  try {
    return await foreignObjects(object as Owner, lookup);
  } catch (error) {
    log.warn('it could not be seen whether objects of others are in the way', { error: describe(error) });
    return [];
  }
}

function verdictOf(found: readonly Finding[]): AdmissionVerdict {
  const causes: Cause[] = found
    .filter(({ effect }) => effect === 'refuse')
    .map(({ field, message }) => ({ field, message }));
  const warnings = found
    .filter(({ effect }) => effect === 'warn')
    .map(({ field, message }) => `${field}: ${message}`);
  return { causes, warnings };
}
