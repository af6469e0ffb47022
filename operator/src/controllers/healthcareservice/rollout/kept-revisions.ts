import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Context } from '../../../runtime/controller.ts';
import { OWNER_LABEL } from '../../../runtime/keys.ts';
import { controllerRevisions, type ControllerRevision, type Deployment } from '../../../k8s/types.ts';
import { revisionName } from '../../../names/service-names.ts';
import { currentRevision, isRevisionHash } from './revision.ts';

/**
 * The revisions on record. The cache may have the Deployment before the record of its revision, which is then read live:
 * made anew from the Deployment, with the API server's defaults, it would differ from the immutable one.
 */
export async function keptRevisions(
  { metadata }: Pick<HealthcareService, 'metadata'>,
  { cache, live }: Pick<Context, 'cache' | 'live'>,
  deployment: Deployment | undefined,
): Promise<ControllerRevision[]> {
  const { name: service, namespace = '' } = metadata;
  const kept = cache.list(controllerRevisions, namespace, { [OWNER_LABEL]: service });
  const running = currentRevision(deployment);
  if (running === undefined || !isRevisionHash(running)) return kept;
  const name = revisionName(service, running);
  if (kept.some((record) => record.metadata.name === name)) return kept;
  const unseen = await live.get(controllerRevisions, { namespace, name });
  return unseen?.metadata.labels?.[OWNER_LABEL] === service ? [...kept, unseen] : kept;
}
