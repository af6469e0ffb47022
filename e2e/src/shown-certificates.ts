import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { NAMESPACE, environment, list } from './cluster.ts';

/** The fingerprints of the certificates that the clinic's pods of a selector show at a port. */
export async function shownBy(selector: string, port: number): Promise<string[]> {
  const pods = await list('pods', '-n', NAMESPACE, '-l', selector);
  return await Promise.all(pods.map(({ metadata }) => throughForward(metadata.name, port, fingerprintAt)));
}

/** Connects through the API server and the kubelet, so that the machine's route to the pods does not matter. */
async function throughForward<T>(pod: string, port: number, use: (local: number) => Promise<T>): Promise<T> {
  const child = spawn('kubectl', ['port-forward', '-n', NAMESPACE, `pod/${pod}`, `:${port}`], {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  try {
    const told = await Promise.race([once(child.stdout, 'data'), ended.then(() => [''])]);
    const local = /127\.0\.0\.1:(\d+)/.exec(String(told[0]))?.[1];
    if (local === undefined) throw new Error(`cannot forward to port ${port} of ${pod}`);
    return await use(Number(local));
  } finally {
    child.kill();
    await ended;
  }
}

/** The client does not verify the certificate: it sends no data. */
function fingerprintAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, timeout: 5_000 });
    socket.once('secureConnect', () => {
      const shown = socket.getPeerX509Certificate();
      socket.destroy();
      if (shown === undefined) reject(new Error('no certificate was shown'));
      else resolve(shown.fingerprint256);
    });
    socket.once('timeout', () => socket.destroy(new Error('no handshake in time')));
    socket.once('error', reject);
  });
}
