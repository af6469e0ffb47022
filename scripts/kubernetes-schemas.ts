// Writes JSON schemas for kubeconform into a folder: those of Kubernetes from the OpenAPI document inside the Go module
// k8s.io/kubernetes that the embedded cluster is built from (no download), those of Careplane's kinds from crds/.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { crdSchemas, kubernetesSchemas } from './schemas.ts';
import type { CustomResourceDefinition, NamedSchema, OpenApi } from './schemas.ts';

const GO_MOD = 'cluster/embedded/kube/go.mod';

function moduleFolder(version: string): string {
  const answer = execFileSync('go', ['mod', 'download', '-json', `k8s.io/kubernetes@${version}`], {
    encoding: 'utf8',
  });
  return (JSON.parse(answer) as { Dir: string }).Dir;
}

function kubernetesVersion(): string {
  const version = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(readFileSync(GO_MOD, 'utf8'))?.[1];
  if (!version) throw new Error(`${GO_MOD} names no version of k8s.io/kubernetes`);
  return version;
}

function write(folder: string, schemas: readonly NamedSchema[]): void {
  for (const { name, schema } of schemas) writeFileSync(join(folder, `${name}.json`), JSON.stringify(schema));
}

function main(folder: string): void {
  const version = kubernetesVersion();
  const stamp = join(folder, `.kubernetes-${version}`);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(stamp)) {
    const openApi = readFileSync(join(moduleFolder(version), 'api/openapi-spec/swagger.json'), 'utf8');
    write(folder, kubernetesSchemas(JSON.parse(openApi) as OpenApi));
    writeFileSync(stamp, '');
  }
  for (const file of readdirSync('crds')) {
    write(folder, crdSchemas(parse(readFileSync(join('crds', file), 'utf8')) as CustomResourceDefinition));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv[2] ?? '');
