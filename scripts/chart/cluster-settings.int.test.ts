import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { clusterBinaries } from '@careplane/testing';
import { parseAllDocuments } from 'yaml';
import { readSettings, type Settings } from '../../operator/src/config.ts';
import { nameResolution } from '../../operator/src/k8s/network-policy.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

interface Rendered {
  kind: string;
  spec: {
    egress: { to?: unknown[]; ports: { port: number | string }[] }[];
    template: { spec: { containers: [{ args: string[] }] } };
  };
}

/** What the chart makes of the values: the operator's settings, and the egress of its own NetworkPolicy. */
async function rendered(
  ...values: string[]
): Promise<{ settings: Settings; egress: Rendered['spec']['egress'] }> {
  const flags = values.flatMap((value) => ['--set', value]);
  const { stdout } = await run(
    join(clusterBinaries(), 'helm'),
    ['template', 'careplane', 'charts/careplane', '--kube-version', '1.36.3', ...flags],
    { cwd: root, maxBuffer: 2 ** 25 },
  );
  const objects = parseAllDocuments(stdout).map((document) => document.toJS() as Rendered | null);
  const of = (kind: string): Rendered => {
    const found = objects.find((object) => object?.kind === kind);
    if (found === undefined || found === null) throw new Error(`the chart makes no ${kind}`);
    return found;
  };
  const { args } = of('Deployment').spec.template.spec.containers[0];
  const settings = readSettings(
    args.filter((argument) => !argument.includes('$(')),
    {},
  );
  return { settings, egress: of('NetworkPolicy').spec.egress };
}

describe('what the cluster decides', () => {
  it('is the same in the chart and in the operator without flags', async () => {
    const { settings } = await rendered();
    const { dnsServers, apiServerPorts, imagePullSecrets } = readSettings([], {});
    expect(settings).toMatchObject({ dnsServers, apiServerPorts, imagePullSecrets });
  });

  it('comes from the values to the operator and its own policy', async () => {
    const { settings, egress } = await rendered(
      'networkPolicy.dns[0].namespace=dns,networkPolicy.dns[0].label=example.com/app=resolver,networkPolicy.dns[0].port=5300',
      'networkPolicy.apiServerPorts={16443}',
      'engines.pullSecrets={registry,mirror}',
    );
    expect(settings.dnsServers).toEqual([
      { namespace: 'dns', labels: { 'example.com/app': 'resolver' }, port: 5300 },
    ]);
    expect([settings.apiServerPorts, settings.imagePullSecrets]).toEqual([[16_443], ['registry', 'mirror']]);
    const [names, api] = egress;
    expect(names?.to).toEqual(nameResolution(settings.dnsServers)[0]?.['to']);
    expect(names?.ports.map(({ port }) => port)).toEqual([5300, 5300]);
    expect(api?.ports).toEqual([{ port: 16_443 }]);
  });

  it('has the versions that brokers may ask for', async () => {
    const offered = String.raw`engines.versions.rabbitmq.4\.1=rabbitmq:4.1,engines.versions.rabbitmq.4\.0=mirror:5000/rabbitmq:4.0`;
    const { settings } = await rendered(offered);
    expect(settings.rabbitmqVersions).toEqual({ '4.0': 'mirror:5000/rabbitmq:4.0', '4.1': 'rabbitmq:4.1' });
    expect((await rendered()).settings.rabbitmqVersions).toEqual({});
  });
});
