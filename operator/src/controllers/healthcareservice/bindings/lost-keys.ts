import { GROUP } from '../../../api/group.ts';
import type { HealthcareService, HealthcareServiceStatus } from '../../../api/healthcareservice.ts';

/** Annotation that names a Secret whose lost keys are to be made anew, once; what their old values protect is given up. */
export const REGENERATE_SECRET = `${GROUP}/regenerate-secret`;

/** Keys of `generate` that a Secret has not. */
export interface Incomplete {
  name: string;
  missingKeys: readonly string[];
  /** Keys that were there once: other values beside the data that was stored with them would be of no use. */
  guardedKeys: readonly string[];
}

/** Keys of a Secret that must not be made anew, as any of the services that name it remembers. */
export function guardedKeys(
  name: string,
  service: HealthcareService,
  sharers: readonly HealthcareService[],
): string[] {
  if (isAskedFor(name, service)) return [];
  return [...new Set([service, ...sharers].flatMap((other) => onceThere(name, other)))];
}

/** Keys that were there once and are gone. */
export function lostKeys({ missingKeys, guardedKeys: guarded }: Incomplete): string[] {
  return missingKeys.filter((key) => guarded.includes(key));
}

/** What is remembered of generated keys: those that are there, and those that were. */
export function generatedStatus(
  service: HealthcareService,
  mounted: readonly Pick<Incomplete, 'name' | 'missingKeys'>[],
): Pick<HealthcareServiceStatus, 'generated' | 'regenerated'> {
  const generated = (service.spec.secrets ?? []).flatMap(({ name, generate = [] }) => {
    const missing = mounted.find((secret) => secret.name === name)?.missingKeys ?? generate;
    const before = onceThere(name, service);
    const keys = generate.filter((key) => !missing.includes(key) || before.includes(key));
    return keys.length === 0 ? [] : [{ secret: name, keys }];
  });
  return { ...(generated.length === 0 ? {} : { generated }), ...regenerated(service, mounted) };
}

/** The wish is fulfilled when the Secret is whole, and counts no more until the annotation was away. */
function regenerated(
  service: HealthcareService,
  mounted: readonly Pick<Incomplete, 'name' | 'missingKeys'>[],
): Pick<HealthcareServiceStatus, 'regenerated'> {
  const asked = service.metadata.annotations?.[REGENERATE_SECRET];
  if (asked === undefined) return {};
  const isWhole = mounted.some(({ name, missingKeys }) => name === asked && missingKeys.length === 0);
  return isWhole || service.status?.regenerated === asked ? { regenerated: asked } : {};
}

function isAskedFor(name: string, { metadata, status }: HealthcareService): boolean {
  return metadata.annotations?.[REGENERATE_SECRET] === name && status?.regenerated !== name;
}

function onceThere(name: string, { status }: HealthcareService): string[] {
  return status?.generated?.find(({ secret }) => secret === name)?.keys ?? [];
}
