import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

interface Workload {
  kind: string;
  metadata: { name: string; namespace: string };
  spec: { template: { spec: { containers: { image: string }[] } } };
}

/** The workloads that run one of the images. Init containers do not count: they have done their work. */
export function workloadsOfImages(workloads: readonly Workload[], images: ReadonlySet<string>): Workload[] {
  return workloads.filter(({ spec }) => spec.template.spec.containers.some(({ image }) => images.has(image)));
}

/** Reads `kubectl get -o json` from standard input and the images, one a line, from a file; prints `namespace kind/name`. */
async function main(imagesFile: string): Promise<void> {
  const images = new Set(readFileSync(imagesFile, 'utf8').split('\n').filter(Boolean));
  const { items } = JSON.parse(await text(process.stdin)) as { items: Workload[] };
  for (const { kind, metadata } of workloadsOfImages(items, images)) {
    console.log(`${metadata.namespace} ${kind.toLowerCase()}/${metadata.name}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv[2] ?? '');
