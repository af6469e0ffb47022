import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { startEngine } from './engine-process.ts';
import { engineRootfs } from './engine-rootfs.ts';
import { freePort } from './free-port.ts';
import { makeScratch } from './scratch.ts';
import { until } from './until.ts';

export interface PrometheusOptions {
  /** `prometheus.yml`; it finds the rule files at `rules/*.yaml`, beside it. */
  config: string;
  /** Rule files, name to text. */
  rules?: Readonly<Record<string, string>>;
  /** Samples of the past that it is to have, in OpenMetrics' text format with timestamps in seconds. */
  history?: string;
}

/** One element of an instant vector. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

export interface RunningPrometheus {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** The instant vector that an expression of PromQL gives now. Throws on any other answer. */
  readonly query: (expression: string) => Promise<Sample[]>;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
}

/** Makes blocks of the history first; arguments: the program and its flags. */
const WITH_HISTORY = 'promtool tsdb create-blocks-from openmetrics /tmp/history /tmp/data && exec "$@"';

/** The image's Prometheus on an ephemeral port of 127.0.0.1, with nothing but the given configuration. */
export async function startPrometheus(options: PrometheusOptions): Promise<RunningPrometheus> {
  const { config, rules = {}, history } = options;
  const rootfs = await engineRootfs('prometheus');
  const scratch = await makeScratch();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await mkdir(join(scratch, 'rules'));
  await writeFile(join(scratch, 'prometheus.yml'), config);
  for (const [name, text] of Object.entries(rules)) await writeFile(join(scratch, 'rules', name), text);
  if (history !== undefined) await writeFile(join(scratch, 'history'), history);
  const flags = ['--config.file=/tmp/prometheus.yml', '--storage.tsdb.path=/tmp/data'];
  const program = ['prometheus', ...flags, `--web.listen-address=127.0.0.1:${port}`];
  const command = history === undefined ? program : ['sh', '-c', WITH_HISTORY, 'sh', ...program];
  const engine = await startEngine({ rootfs, scratch, command });
  const stop = async (): Promise<void> => {
    await engine.kill();
    await rm(scratch, { recursive: true, force: true });
  };
  try {
    await until(() => isReady(url), { what: 'prometheus to be ready', hopeless: engine.ended });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, query: (expression) => query(url, expression), stop };
}

async function isReady(url: string): Promise<boolean> {
  const { statusCode, body } = await request(`${url}/-/ready`);
  await body.dump();
  return statusCode === 200;
}

interface Answer {
  status: string;
  error?: string;
  data?: { resultType: string; result: { metric: Record<string, string>; value: [number, string] }[] };
}

/** https://prometheus.io/docs/prometheus/latest/querying/api/ */
async function query(url: string, expression: string): Promise<Sample[]> {
  const parameters = new URLSearchParams({ query: expression });
  const { body } = await request(`${url}/api/v1/query?${parameters.toString()}`);
  const { error = 'no instant vector', data } = (await body.json()) as Answer;
  if (data?.resultType !== 'vector') throw new Error(`${expression}: ${error}`);
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
