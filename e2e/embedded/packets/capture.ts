import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The embedded cluster's network namespace (cluster/embedded/lib/settings.sh), to which the node's ends of all pods' links belong. */
const NETWORK_NAMESPACE = 'careplane';

/** Appends every frame of every interface but `lo` to a file (packet(7)), and says when it has begun. SIGTERM ends it. */
const PROGRAM = `
import signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
packets.setsockopt(socket.SOL_SOCKET, 33, 256 << 20)
with open(sys.argv[1], 'wb', buffering=1 << 20) as out:
    print('listening', flush=True)
    while True:
        frame, address = packets.recvfrom(1 << 18)
        if address[0] != 'lo': out.write(frame)
`;

/** What was on the wire. */
export interface Capture {
  /** Ends the capture and returns all frames, one after the other. */
  end(): Promise<Buffer>;
}

/** Begins to capture what is on the pod network. Needs root. */
export async function startCapture(): Promise<Capture> {
  const folder = await mkdtemp(path.join(tmpdir(), 'careplane-packets-'));
  const file = path.join(folder, 'frames');
  const child = spawn('ip', ['netns', 'exec', NETWORK_NAMESPACE, 'python3', '-c', PROGRAM, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const began = await Promise.race([once(child.stdout, 'data'), ended.then(() => undefined)]);
  if (began === undefined) throw new Error('the capture ended before it began');
  return {
    async end(): Promise<Buffer> {
      child.kill();
      await ended;
      try {
        return await readFile(file);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  };
}
