import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import { readSettings, type Settings } from '@careplane/operator/config';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import type { KubeObject, ResourceType } from '@careplane/operator/runtime/kube';

interface Container {
  args?: string[];
  env?: { name: string; value?: string }[];
}

interface Deployment extends KubeObject {
  spec?: { template?: { spec?: { containers?: Container[] } } };
}

const deployments: ResourceType<Deployment> = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};

export interface OperatorSettings {
  settings: Settings;
  /** Said to the user when the operator's own settings could not be had. */
  note: string | undefined;
}

/** The settings with which the cluster's operator runs: images, pull policy, its namespace; else the defaults. */
export async function operatorSettings(client: KubeClient, namespace: string): Promise<OperatorSettings> {
  const deployment = await client.get(deployments, { namespace, name: 'careplane-operator' });
  const [container] = deployment?.spec?.template?.spec?.containers ?? [];
  const observability = { CAREPLANE_OBSERVABILITY_DIR: observabilityDir() };
  if (container === undefined) {
    const note = `no Deployment careplane-operator in ${namespace}: the plan is that of an operator with default settings (name its namespace with --operator-namespace)`;
    return { settings: readSettings([], { CAREPLANE_LEASE_NAMESPACE: namespace, ...observability }), note };
  }
  const env = { ...environmentOf(container, namespace), ...observability };
  return { settings: readSettings([], env), note: undefined };
}

/** Flags as their variables: unlike flags, variables of a newer operator that are not known here do no harm. */
export function environmentOf({ args = [], env = [] }: Container, namespace: string): Record<string, string> {
  const variables: Record<string, string> = { POD_NAMESPACE: namespace };
  for (const { name, value } of env) if (value !== undefined) variables[name] = value;
  for (const [index, argument] of args.entries()) {
    const [flag = '', value = args[index + 1] ?? ''] = splitOnce(argument);
    if (!flag.startsWith('--')) continue;
    const variable = `CAREPLANE_${flag.slice(2).replaceAll('-', '_').toUpperCase()}`;
    // As the kubelet expands references to variables in arguments.
    variables[variable] = value.replaceAll(/\$\((\w+)\)/g, (whole, name: string) => variables[name] ?? whole);
  }
  return variables;
}

function splitOnce(argument: string): string[] {
  const at = argument.indexOf('=');
  return at === -1 ? [argument] : [argument.slice(0, at), argument.slice(at + 1)];
}

/** The rules and dashboards of this release: beside the bundle, else in the checkout. */
function observabilityDir(): string {
  const beside = fileURLToPath(new URL('./observability', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../../observability', import.meta.url));
}
