import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort, startRedis } from '@careplane/testing';
import { BENCH_CACHE, RESULTS, ROOT } from '../lib/cache.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { cpuSecondsOf, startMeasured, type Measured } from '../lib/process.ts';
import { closedLoop, openLoop, p95, type Target } from './load.ts';
import { gatewayReport, type Cost, type Overload } from './report.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    profile: { type: 'string' },
    out: { type: 'string', default: RESULTS },
  },
});

const AT_ONCE = 16;
const PATH = '/fhir/R4/Patient/7';
/** Of the slow service: five at once, 50 ms each, far below what the gateway's own CPU is enough for. */
const [SLOW_MS, SLOW_AT_ONCE] = [50, 5];
const CAPACITY = (SLOW_AT_ONCE * 1_000) / SLOW_MS;

interface Entrance {
  readonly url: string;
  readonly token: string;
  readonly ca: string;
  readonly files: { certificate: string; key: string };
}

interface Contestant {
  readonly name: string;
  readonly processes: readonly Measured[];
  readonly target: Target;
}

async function main(signal: AbortSignal): Promise<void> {
  const machine = await describeMachine();
  const folder = await mkdtemp(join(tmpdir(), 'careplane-bench-gateway-'));
  const ends: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  signal.addEventListener('abort', () => void stop(), { once: true });
  try {
    const node = async (
      file: string,
      env: Record<string, string>,
      flags: string[] = [],
    ): Promise<[Measured, unknown]> => {
      const args = [...flags, join(ROOT, 'bench/gateway', file)];
      const measured = await startMeasured(
        { program: process.execPath, args, env },
        join(folder, `${file}.${String(ends.length)}.log`),
        true,
      );
      ends.push(() => measured.end());
      const [said] = (await once(measured.child, 'message')) as [unknown];
      return [measured, said];
    };
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const [plainPort, slowPort] = [await freePort(), await freePort()];
    const [plain] = await node('plain.ts', { PORT: String(plainPort) });
    await node('plain.ts', { PORT: String(slowPort), MS: String(SLOW_MS), AT_ONCE: String(SLOW_AT_ONCE) });
    const plainUrl = `http://127.0.0.1:${plainPort}`;
    const profile = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
    const env = { PLAIN: plainUrl, SLOW: `http://127.0.0.1:${slowPort}`, REDIS_PORT: String(redis.port) };
    const [gateway, said] = await node('gateway.ts', env, profile);
    const { url, token, ca, files } = said as Entrance;
    const nginx = await startNginx(folder, plainPort, files);
    ends.push(() => nginx.measured.end());
    const headers = { authorization: `Bearer ${token}` };
    const contestants: Contestant[] = [
      { name: 'plain Express', processes: [plain], target: { url: plainUrl, path: PATH } },
      { name: 'nginx', processes: [nginx.measured], target: { url: nginx.url, path: PATH, ca } },
      { name: 'gateway', processes: [gateway], target: { url, path: PATH, headers, ca } },
    ];
    const costs = await measureCosts(contestants);
    const overload = await measureOverload({ url, path: '/slow/fhir/R4/Patient/7', headers, ca });
    const figures = { machine, costs, overload };
    await mkdir(values.out, { recursive: true });
    await writeFile(join(values.out, 'gateway.json'), `${JSON.stringify(figures, null, 2)}\n`);
    await writeFile(join(values.out, 'gateway.md'), gatewayReport(figures));
    console.log(gatewayReport(figures));
  } finally {
    await stop();
  }
}

async function measureCosts(contestants: readonly Contestant[]): Promise<Cost[]> {
  const costs = contestants.map(({ name }): Cost => ({ name, cpuMs: [], perSecond: [], p95: [] }));
  for (const { target } of contestants) await closedLoop(target, AT_ONCE, 3); // warm
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [i, { processes, target }] of contestants.entries()) {
      const before = await cpuOf(processes);
      const { accepted, other, refused, seconds } = await closedLoop(target, AT_ONCE, Number(values.seconds));
      const used = (await cpuOf(processes)) - before;
      if (other + refused.length > 0)
        throw new Error(`${costs[i]?.name ?? ''} refused ${other + refused.length}`);
      costs[i]?.cpuMs.push((used * 1_000) / accepted.length);
      costs[i]?.perSecond.push(accepted.length / seconds);
      costs[i]?.p95.push(p95(accepted));
    }
  }
  return costs;
}

async function measureOverload(target: Target): Promise<Overload> {
  const calm = await closedLoop(target, SLOW_AT_ONCE, 5);
  const offered = 5 * CAPACITY;
  await openLoop(target, offered, 3); // it learns
  const { accepted, refused, other, seconds } = await openLoop(target, offered, 10);
  return {
    capacity: CAPACITY,
    offered,
    p95AtCapacity: p95(calm.accepted),
    p95Accepted: p95(accepted),
    p95Refused: p95(refused),
    acceptedPerSecond: accepted.length / seconds,
    refused: refused.length,
    other,
  };
}

async function cpuOf(processes: readonly Measured[]): Promise<number> {
  const seconds = await Promise.all(processes.map(({ pid }) => cpuSecondsOf(pid)));
  return seconds.reduce((sum, one) => sum + one, 0);
}

/** One process without workers, TLS as the gateway's, kept connections to what is behind. */
async function startNginx(
  folder: string,
  plainPort: number,
  files: Entrance['files'],
): Promise<{ measured: Measured; url: string }> {
  const port = await freePort();
  await writeFile(join(folder, 'tls.crt'), files.certificate);
  await writeFile(join(folder, 'tls.key'), files.key);
  const configuration = `
    daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
    events { worker_connections 4096; }
    http {
      access_log ${folder}/access.log;
      client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
      uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; keepalive_requests 1000000;
      upstream plain { server 127.0.0.1:${plainPort}; keepalive 64; keepalive_requests 1000000; }
      server {
        listen 127.0.0.1:${port} ssl; ssl_certificate ${folder}/tls.crt; ssl_certificate_key ${folder}/tls.key;
        location / { proxy_pass http://plain; proxy_http_version 1.1; proxy_set_header Connection ""; }
      }
    }`;
  await writeFile(join(folder, 'nginx.conf'), configuration);
  const program = join(BENCH_CACHE, 'nginx/usr/sbin/nginx');
  const measured = await startMeasured(
    { program, args: ['-c', join(folder, 'nginx.conf')] },
    join(folder, 'nginx.out'),
  );
  return { measured, url: `https://127.0.0.1:${port}` };
}

await untilInterrupted(main);
