import { readFile } from 'node:fs/promises';
import { command, processesOfPod } from '../../src/cluster.ts';

export interface Target {
  host: string;
  port: number;
}

/** The outcome of a TCP connect: `blocked` is no answer at all, because the packet filter drops. */
export type Outcome = 'connected' | 'refused' | 'blocked';

// All connections at once; the outcomes are in the order of the targets.
const PROGRAM = `
const { connect } = require('node:net');
const { targets, timeoutMs } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const outcomes = { ECONNREFUSED: 'refused', ETIMEDOUT: 'blocked' };
const attempt = (target) => new Promise((resolve) => {
  const socket = connect(target);
  const end = (outcome) => { clearTimeout(timer); socket.destroy(); resolve(outcome); };
  // After pending socket events: on a busy machine both may be due.
  const timer = setTimeout(setImmediate, timeoutMs, end, 'blocked');
  socket.once('connect', () => end('connected')).once('error', (error) => end(outcomes[error.code] ?? error.code));
});
Promise.all(targets.map(attempt)).then((answers) => process.stdout.write(JSON.stringify(answers)));
`;

/** Tries to connect to each target from inside the network namespace of a process. */
export async function connectFrom(pid: number, targets: Target[], timeoutMs: number): Promise<Outcome[]> {
  const input = JSON.stringify({ targets, timeoutMs });
  const output = await command('nsenter', ['-t', String(pid), '-n', process.execPath, '-e', PROGRAM], {
    input,
  });
  return JSON.parse(output) as Outcome[];
}

/** The process whose lifetime is that of the pod's network. */
export async function processOf(uid: string): Promise<number> {
  const [pid] = await processesOfPod(uid);
  if (pid === undefined) throw new Error(`no process of pod ${uid} on this machine`);
  return pid;
}

const LISTEN = '0A';
const LOOPBACK = new Set(['0100007F', '00000000000000000000000001000000']);

/**
 * The TCP ports on which a process's network namespace listens on other than loopback addresses, from /proc/net/tcp
 * (proc_net_tcp.txt).
 */
export async function listeningPorts(pid: number): Promise<number[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map(async (name) => await readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  );
  const ports = tables
    .flatMap((table) => table.trim().split('\n').slice(1))
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state]) => state === LISTEN)
    .map(([, local = '']) => local.split(':'))
    .filter(([address = '']) => !LOOPBACK.has(address))
    .map(([, port = '']) => Number.parseInt(port, 16));
  return [...new Set(ports)];
}
