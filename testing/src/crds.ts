import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeRequests } from './kube-requests.ts';
import { until } from './until.ts';

interface Definition {
  kind?: string;
  metadata: { name: string };
  status?: { conditions?: { type: string; status: string }[] };
}

const COLLECTION = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Applies every CustomResourceDefinition of the folder's YAML files, and waits until they are served. */
export async function installCrds(api: KubeRequests, folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  for (const name of names) {
    const documents = parseAllDocuments(await readFile(join(folder, name), 'utf8'));
    for (const document of documents) await installCrd(api, document.toJS() as Definition);
  }
}

/** Applies one CustomResourceDefinition and waits until it is served. */
export async function installCrd(api: KubeRequests, definition: Definition): Promise<void> {
  if (definition.kind !== 'CustomResourceDefinition') return;
  const path = `${COLLECTION}/${definition.metadata.name}`;
  await api.apply(path, definition);
  await until(
    async () => {
      const { status } = (await api.demand('GET', path)) as Definition;
      return status?.conditions?.some(
        ({ type, status: value }) => type === 'Established' && value === 'True',
      );
    },
    { what: `${definition.metadata.name} to be established` },
  );
}
