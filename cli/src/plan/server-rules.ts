import { resourceType } from '@careplane/operator/api/kind';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import { ApiError, refusalText } from '@careplane/operator/runtime/errors';
import { keyOf } from '@careplane/operator/runtime/keys';
import type { AnyObject, CustomObject, ResourceType } from '@careplane/operator/runtime/kube';
import { WEBHOOK_NAME } from '@careplane/operator/webhooks/registration/configuration';
import type { Declaration } from './declare.ts';
import type { Rehearsal } from './rehearsal.ts';
import { objectId } from './snapshot.ts';

/**
 * Asks the API server by dry runs what only it knows: the rules between fields (CEL), and the rules of others who have a say in what is
 * applied. What it may not be asked goes to the notes. To be asked after everything was declared.
 * @returns what it would refuse
 */
export async function askServer(
  declared: readonly Declaration[],
  rehearsal: Rehearsal,
  client: Pick<KubeClient, 'dryRun'>,
  notes: Set<string>,
): Promise<string[]> {
  const refused: string[] = [];
  for (const declaration of declared)
    try {
      await client.dryRun(asApplied(declaration, rehearsal));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { object } = declaration;
      const note = whyNotAsked(error, object);
      if (note !== undefined) notes.add(note);
      else if (!isOwnWebhook(error))
        refused.push(`${object.kind} ${object.metadata.name}: ${refusalText(error)}`);
    }
  return refused;
}

/** With the identity that it has in the cluster; new, where it is not there. */
function asApplied({ object, definition }: Declaration, { live, snapshot }: Rehearsal): AnyObject {
  const key = keyOf(object);
  const isThere = live.get(objectId(object, key)) !== undefined;
  const type: ResourceType = resourceType(definition);
  return ((isThere ? snapshot.get(type, key) : undefined) ?? object) as AnyObject;
}

/** Of rules that were not asked, since the question itself was refused. */
function whyNotAsked(
  { status, message, path }: ApiError,
  { metadata }: CustomObject<unknown>,
): string | undefined {
  const namespace = metadata.namespace ?? '';
  if (status === 403 && / cannot (create|update) resource /.test(message))
    return `what is in ${namespace} may not be applied with these rights, not even as a dry run: rules between fields are not checked`;
  if (status === 404 && !path.endsWith(metadata.name))
    return `there is no namespace ${namespace} yet: rules between fields are not checked`;
  if (status === 400 && message.includes('does not support dry run'))
    return `a webhook of others takes no dry runs: rules between fields are not checked`;
  if (status === 409 || status === 404)
    return `${metadata.name} changed while the plan was made: make it again`;
  return undefined;
}

/** The plan asks our own rules itself: with all objects of the files in place, which the webhook sees one by one. */
function isOwnWebhook({ message }: ApiError): boolean {
  return message.includes(`admission webhook "${WEBHOOK_NAME}" denied`);
}
