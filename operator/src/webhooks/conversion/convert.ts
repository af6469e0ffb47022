import { GROUP } from '../../api/group.ts';
import { digest } from '../../runtime/apply/digest.ts';
import { describe } from '../../runtime/errors.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { HUB, type Conversions, type Spoke } from './conversions.ts';

/** An object has no form in the requested version. The message names it and what to do. */
export class ConversionFailed extends Error {
  override readonly name = 'ConversionFailed';
}

/** The object in another version of its group. Pure. @throws ConversionFailed; then nothing has been changed. */
export function convert(object: AnyObject, apiVersion: string, conversions: Conversions): AnyObject {
  if (object.apiVersion === apiVersion) return object;
  const from = spokeOf(object, object.apiVersion, conversions);
  const to = spokeOf(object, apiVersion, conversions);
  const hub = attempt(object, apiVersion, () => from?.toHub(object) ?? object);
  const result = attempt(object, apiVersion, () => to?.fromHub(hub) ?? hub);
  if (identity(result) !== identity(object))
    throw failure(
      object,
      apiVersion,
      'the conversion changes more of its metadata than labels and annotations',
    );
  return { ...result, apiVersion };
}

/** `undefined` for the hub. */
function spokeOf(object: AnyObject, apiVersion: string, conversions: Conversions): Spoke | undefined {
  const [group, version = ''] = apiVersion.split('/');
  if (group === GROUP && version === HUB) return undefined;
  const spokes = conversions[object.kind] ?? {};
  const spoke = group === GROUP && Object.hasOwn(spokes, version) ? spokes[version] : undefined;
  if (spoke === undefined)
    throw failure(
      object,
      apiVersion,
      `this operator does not know ${apiVersion}: upgrade it, or serve a version that it knows`,
    );
  return spoke;
}

function attempt(object: AnyObject, apiVersion: string, run: () => AnyObject): AnyObject {
  try {
    return run();
  } catch (error) {
    throw failure(object, apiVersion, describe(error), error);
  }
}

/** The part of an object that a conversion may not change. */
function identity({ kind, metadata }: AnyObject): string {
  return digest({ kind, ...metadata, labels: undefined, annotations: undefined });
}

function failure(
  { kind, apiVersion, metadata }: AnyObject,
  wanted: string,
  reason: string,
  cause?: unknown,
): ConversionFailed {
  const who = `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
  return new ConversionFailed(`${who} cannot be converted from ${apiVersion} to ${wanted}: ${reason}`, {
    cause,
  });
}
