import { healthcareServices } from '@careplane/operator/api/healthcareservice';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import { connect } from '../cluster.ts';
import { Failure } from '../failure.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import { formatLine, isAtLeast, levelOf, type Level, type LogLine } from '../logs/line.ts';
import { followLogs } from '../logs/follow-logs.ts';
import { podsOf, readLogs, wasRestarted, type LogSelection, type Pod } from '../logs/read-logs.ts';
import type { Terminal } from '../terminal.ts';

export interface LogsOptions extends ClusterOptions {
  /** Seconds. */
  since?: number;
  tail?: number;
  level: Level;
  follow: boolean;
  previous: boolean;
  output: 'text' | 'json';
}

/** Lines of each pod when nothing says how many. */
const TAIL = 200;

/** `careplane logs <service>`. Gives 1 when of all pods none could be read. */
export async function logs(service: string, options: LogsOptions, terminal: Terminal): Promise<number> {
  const cluster = await connect(options, terminal);
  const { client, namespace, transport } = cluster;
  const show = printer(options, terminal);
  const onTrouble = (text: string): void => {
    terminal.err(`careplane: ${text}\n`);
  };
  try {
    await mustExist(client, namespace, service);
    const list = (): Promise<Pod[]> => podsOf(client, namespace, service);
    if (options.follow) {
      const following = { transport, list, onLine: show, onTrouble, signal: terminal.signal };
      await followLogs(following, selectionOf(options));
      return 0;
    }
    const found = (await list()).filter((pod) => !options.previous || wasRestarted(pod));
    if (found.length === 0)
      terminal.err(
        options.previous ? `no container of ${service} was restarted\n` : `no pod of ${service} runs now\n`,
      );
    const { lines, troubles } = await readLogs(client, found, selectionOf(options));
    for (const line of lines) show(line);
    for (const trouble of troubles) onTrouble(trouble);
    return troubles.length > 0 && troubles.length === found.length ? 1 : 0;
  } finally {
    await cluster.close();
  }
}

function selectionOf({ since, tail, previous }: LogsOptions): LogSelection {
  return {
    sinceSeconds: since,
    tailLines: tail ?? (since === undefined ? TAIL : undefined),
    ...(previous ? { previous } : {}),
  };
}

function printer({ level, output }: LogsOptions, terminal: Terminal): (line: LogLine) => void {
  return (line) => {
    if (!isAtLeast(levelOf(line.text), level)) return;
    terminal.out(output === 'json' ? `${JSON.stringify(line)}\n` : formatLine(line, terminal.isScreen));
  };
}

async function mustExist(client: KubeClient, namespace: string, name: string): Promise<void> {
  if ((await client.get(healthcareServices, { namespace, name })) !== undefined) return;
  const others = (await client.list(healthcareServices, { namespace })).map(({ metadata }) => metadata.name);
  const known =
    others.length === 0
      ? 'there is none; choose another namespace with -n'
      : `there are: ${others.join(', ')}`;
  throw new Failure(`no HealthcareService ${name} in the namespace ${namespace}; ${known}`);
}
