import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clusterBinaries } from '@careplane/testing';
import { parseAllDocuments } from 'yaml';
import { readSettings, type Settings } from '../config.ts';
import { createAuthority, type KeyPair } from '../pki/certificate.ts';
import type { AnyObject } from '../runtime/kube.ts';
import { childrenOf, ENGINES, type EngineName } from './fixtures/engine-plans.ts';

const CHART = fileURLToPath(new URL('../../../charts/careplane', import.meta.url));

interface Release {
  /** Of the chart and of the operator. */
  version: string;
  /** `--set` of helm. */
  values: readonly string[];
}

/** An operator as a release of the chart starts it. */
interface Operator {
  image: string;
  settings: Settings;
}

interface Deployment extends AnyObject {
  spec: { template: { spec: { containers: [{ image: string; args: string[] }] } } };
}

let folder: string;
let pair: KeyPair;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'careplane-upgrade-'));
  pair = await createAuthority('test', Date.parse('2026-11-21T12:00:00Z'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function release({ version, values }: Release): Promise<Operator> {
  const chart = join(await mkdtemp(join(folder, 'chart-')), 'careplane');
  // Rules and dashboards are behind a link.
  await cp(CHART, chart, { recursive: true, dereference: true });
  const path = join(chart, 'Chart.yaml');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replaceAll(/^(version|appVersion): .*$/gm, `$1: ${version}`));
  const { stdout } = await promisify(execFile)(join(clusterBinaries(), 'helm'), [
    ...['template', 'careplane', chart, '--namespace', 'careplane-system', '--kube-version', '1.36.3'],
    ...['--show-only', 'templates/deployment.yaml', ...values.flatMap((value) => ['--set', value])],
  ]);
  const deployment = parseAllDocuments(stdout)
    .map((document) => document.toJS() as Deployment)
    .find(({ kind }) => kind === 'Deployment');
  const [container] = deployment?.spec.template.spec.containers ?? [];
  const args = (container?.args ?? []).map((arg) => arg.replace('$(POD_NAMESPACE)', 'careplane-system'));
  return { image: container?.image ?? '', settings: readSettings(args, {}) };
}

/** What the pods of an engine are made from, by the name of their workload. */
function templates(engine: EngineName, { settings }: Operator): unknown {
  const workloads = childrenOf(engine, pair, settings).filter(({ kind }) =>
    ['StatefulSet', 'Deployment'].includes(kind),
  );
  expect(workloads.length).toBeGreaterThan(0);
  return workloads.map(({ kind, metadata, spec }) => ({
    kind,
    name: metadata.name,
    template: (spec as { template: unknown }).template,
  }));
}

describe('an upgrade of the operator', () => {
  it.each(ENGINES)('changes nothing that pods of %s are made from', async (engine) => {
    const before = await release({
      version: '0.1.0',
      values: ['image.repository=one/operator', 'image.tag=0.1.0'],
    });
    const after = await release({
      version: '9.9.9',
      values: ['image.repository=two/operator', 'image.tag=9.9.9'],
    });
    expect([before.image, after.image]).toEqual(['one/operator:0.1.0', 'two/operator:9.9.9']);
    expect(templates(engine, after)).toEqual(templates(engine, before));
    const text = JSON.stringify(templates(engine, after));
    expect(text).not.toMatch(/operator:|9\.9\.9/);
  });

  it.each(ENGINES)('with another image of %s does', async (engine) => {
    const before = await release({ version: '0.1.0', values: [] });
    const after = await release({ version: '0.2.0', values: [`engines.${engine}=another/image:1`] });
    expect(templates(engine, after)).not.toEqual(templates(engine, before));
  });

  it('brings the images that stores may name', async () => {
    const { settings } = await release({
      version: '0.3.0',
      values: ['engines.versions.mongodb.7\\.0=mongo:7.0', 'engines.versions.redis.7\\.4=redis:7.4'],
    });
    expect(settings.mongodbVersions).toEqual({ '7.0': 'mongo:7.0' });
    expect(settings.redisVersions).toEqual({ '7.4': 'redis:7.4' });
  });
});
