import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import { readSettings, type Settings } from '@careplane/operator/config';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import { isStatus } from '@careplane/operator/runtime/errors';
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
  /** Whether a webhook of the operator refuses what its rules refuse; where that is unknown, it counts as there. */
  isAdmitting: boolean;
  /** Said to the user when the operator's own settings could not be had. */
  note: string | undefined;
}

/** The settings with which the cluster's operator runs: images, pull policy, its namespace; else the defaults. */
export async function operatorSettings(
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<OperatorSettings> {
  const { container, problem, isHidden } = await read(client, namespace, name);
  const env =
    container === undefined ? { CAREPLANE_LEASE_NAMESPACE: namespace } : environmentOf(container, namespace);
  const settings = readSettings([], { ...env, CAREPLANE_OBSERVABILITY_DIR: observabilityDir() });
  const note =
    problem === undefined
      ? undefined
      : `${problem}: the plan is that of an operator with default settings; images, pull policies and priority classes may be others`;
  return { settings, isAdmitting: isHidden || settings.webhookPort > 0, note };
}

interface Found {
  container?: Container;
  problem?: string;
  isHidden: boolean;
}

async function read(client: KubeClient, namespace: string, name: string): Promise<Found> {
  try {
    const deployment = await client.get(deployments, { namespace, name });
    const [container] = deployment?.spec?.template?.spec?.containers ?? [];
    if (container !== undefined) return { container, isHidden: false };
    const problem = `no Deployment ${name} in ${namespace} (--operator-namespace and --operator-deployment name it)`;
    return { problem, isHidden: false };
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
    return { problem: `the Deployment ${name} in ${namespace} may not be read`, isHidden: true };
  }
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
