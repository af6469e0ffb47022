import { bindingsConfigMapName } from '../../../names/service-names.ts';
import type { PodTemplate } from '../../../k8s/types.ts';
import { BINDING_FILES } from '../bindings/config-map.ts';
import type { History } from './history.ts';

/** As {@link bindings} makes volumes. */
interface Volume {
  projected?: {
    sources?: { configMap?: { name?: string; items?: { key: string }[]; optional?: boolean } }[];
  };
}

/**
 * Files of the service's ConfigMap that pods of the template mount and that nobody writes any more, since an earlier version of the operator
 * made the revision. The kubelet starts no pod without them. Pure.
 */
export function lostFiles({ spec }: PodTemplate): string[] {
  // The pods of a service have its account, which has its name.
  const name = bindingsConfigMapName(String(spec['serviceAccountName']));
  const sources = ((spec.volumes ?? []) as Volume[]).flatMap(({ projected }) => projected?.sources ?? []);
  return sources
    .map(({ configMap }) => configMap)
    .filter((found) => found?.name === name && found.optional !== true)
    .flatMap((found) => found?.items ?? [])
    .map(({ key }) => key)
    .filter((key) => !BINDING_FILES.has(key));
}

/** The revisions whose pods could start. Each is looked at when it is asked for: most never are. */
export function startable(history: History): Pick<ReadonlySet<string>, 'has'> {
  return {
    has: (hash) => {
      const kept = history.get(hash);
      return kept !== undefined && lostFiles(kept.revision.template).length === 0;
    },
  };
}
