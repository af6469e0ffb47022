import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';

export function operatorNamespace(): Option {
  const option = new Option('--operator-namespace <name>', 'where the operator runs, whose settings count');
  return option.default('careplane-system');
}

export function operatorDeployment(): Option {
  const option = new Option(
    '--operator-deployment <name>',
    'its Deployment: that of a shard has another name',
  );
  return option.default('careplane-operator');
}

export function textOrJson(): Option {
  return new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text');
}

/** The flags of every command that talks to a clinic through its gateway. */
export function onClinic(command: Command): Command {
  return onCluster(command)
    .option('--url <url>', "the gateway (default: $GATEWAY_URL, else identity's PUBLIC_URL)")
    .option('--ca <file>', "authority of its certificate (default: $GATEWAY_CA, else the gateway's own)");
}

/** The flag of every command that asks a clinic as somebody who is logged in there. */
export function asCompliance(command: Command): Command {
  return command.option(
    '--token-file <file>',
    'file with an access token of the role compliance (default: $CAREPLANE_TOKEN)',
  );
}

/** The flag of every command that asks a clinic as a backend app. */
export function asApp(command: Command): Command {
  return command.option(
    '--token-file <file>',
    'file with an access token of a backend app (default: $CAREPLANE_TOKEN); it is read again for each request',
  );
}

/** The flag of every command that asks a clinic as its user. */
export function asUser(command: Command): Command {
  return command.option(
    '--token-file <file>',
    'file with your access token (default: $CAREPLANE_TOKEN); it is read again for each request',
  );
}

/** The flags of every command that talks to a cluster. */
export function onCluster(command: Command): Command {
  return command
    .option('-n, --namespace <name>', "namespace (default: the context's)")
    .option('--context <name>', 'context of the kubeconfig (default: the current one)')
    .option('--kubeconfig <file>', 'kubeconfig (default: $KUBECONFIG, else ~/.kube/config)');
}

/** An option that may be repeated: all that was given. */
export function collect(path: string, before: string[] | undefined): string[] {
  return [...(before ?? []), path];
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds. */
export function duration(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNITS[unit] ?? 0);
  if (seconds === 0) throw new InvalidArgumentError('a number with s, m, h or d, as 5m.');
  return seconds;
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number.');
  return Number(text);
}
