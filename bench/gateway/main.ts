import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '@careplane/testing';
import { RESULTS, ROOT } from '../lib/cache.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { startMeasured, type Measured } from '../lib/process.ts';
import { percentile } from '../write-gap/report.ts';
import { startClinic, type Clinic } from './clinic.ts';
import { measureCosts, type Contestant } from './costs.ts';
import { measureDocuments } from './documents.ts';
import { closedLoop, openLoop, p95, type Ask, type Target } from './load.ts';
import { startNginx } from './nginx.ts';
import { admitPatients } from './patients.ts';
import { gatewayReport, SIMPLEST, type Overload } from './report.ts';
import { startSimplest, type Simplest } from './start-simplest.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    patients: { type: 'string', default: '400' },
    only: { type: 'string', default: '' },
    profile: { type: 'string' },
    out: { type: 'string', default: RESULTS },
  },
});

const AT_ONCE = 16;
/** Of the slow service: five at once, 50 ms each, far below what the gateway's own CPU is enough for. */
const [SLOW_MS, SLOW_AT_ONCE] = [50, 5];
const CAPACITY = (SLOW_AT_ONCE * 1_000) / SLOW_MS;

async function main(signal: AbortSignal): Promise<void> {
  const machine = await describeMachine();
  const folder = await mkdtemp(join(tmpdir(), 'careplane-bench-gateway-'));
  const ends: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  signal.addEventListener('abort', () => void stop(), { once: true });
  try {
    const express = async (name: string, env: Record<string, string>): Promise<[Measured, number]> => {
      const port = await freePort();
      const args = [join(ROOT, 'bench/gateway/plain.ts')];
      const command = { program: process.execPath, args, env: { PORT: String(port), ...env } };
      const measured = await startMeasured(command, join(folder, `${name}.log`), true);
      ends.push(() => measured.end());
      await once(measured.child, 'message');
      return [measured, port];
    };
    const [plain, plainPort] = await express('plain', {});
    const [, slowPort] = await express('slow', { MS: String(SLOW_MS), AT_ONCE: String(SLOW_AT_ONCE) });
    const plainUrl = `http://127.0.0.1:${plainPort}`;
    const flags =
      values.profile === undefined
        ? []
        : ['--cpu-prof', '--cpu-prof-interval=2000', `--cpu-prof-dir=${values.profile}`];
    const clinic = await startClinic({
      folder,
      routes: { '/plain': plainUrl, '/slow': `http://127.0.0.1:${slowPort}` },
      flags,
    });
    ends.push(() => clinic.stop());
    const simplest = await startSimplest(folder, clinic, flags);
    ends.push(() => simplest.end());
    const nginx = await startNginx(folder, plainPort, clinic.files);
    ends.push(() => nginx.measured.end());
    const { url, ca } = clinic;
    const contestants: Contestant[] = [
      { name: 'plain Express', pids: { express: plain.pid }, target: { url: plainUrl, asks: [PLAIN] } },
      { name: 'nginx', pids: { nginx: nginx.measured.pid }, target: { url: nginx.url, asks: [PLAIN], ca } },
      ...(await reads(clinic, simplest)),
    ];
    const rounds = { atOnce: AT_ONCE, rounds: Number(values.rounds), seconds: Number(values.seconds) };
    const chosen = contestants.filter(({ name }, i) => i === 0 || name.includes(values.only));
    const costs = await measureCosts(chosen, rounds);
    const overload = await measureOverload({ url, asks: [await authorized(clinic, '/slow')], ca });
    const documents = await measureDocuments(clinic);
    const figures = { machine, costs, overload, documents };
    await mkdir(values.out, { recursive: true });
    await writeFile(join(values.out, 'gateway.json'), `${JSON.stringify(figures, null, 2)}\n`);
    await writeFile(join(values.out, 'gateway.md'), gatewayReport(figures));
    console.log(gatewayReport(figures));
  } finally {
    await stop();
  }
}

const PLAIN: Ask = { path: '/plain' };

async function authorized(clinic: Clinic, path: string): Promise<Ask> {
  const token = await clinic.token({ role: 'patient', person: { type: 'Patient', id: '7' } });
  return { path, headers: { authorization: `Bearer ${token}` } };
}

/** What goes through the gateway: to the plain server, and whole reads. Who reads once in a while has facts asked for each time. */
async function reads(clinic: Clinic, simplest: Simplest): Promise<Contestant[]> {
  const { url, ca, pids } = clinic;
  const { gateway = 0, identity = 0, mongod = 0, redis = 0 } = pids;
  const patients = await admitPatients(clinic, Number(values.patients));
  const appointments = patients.map(({ appointment }) => appointment);
  const few = { url, ca, asks: appointments.slice(0, AT_ONCE) };
  const persons = { url, ca, asks: patients.slice(0, AT_ONCE).map(({ patient }) => patient) };
  return [
    {
      name: 'gateway, plain Express behind',
      pids: { gateway },
      target: { url, ca, asks: [await authorized(clinic, '/plain')] },
    },
    { name: SIMPLEST, pids: { ...simplest.pids, mongod }, target: { ...few, url: simplest.url } },
    { name: `an Appointment, ${AT_ONCE} patients`, pids, target: few },
    {
      name: `an Appointment, ${patients.length} patients`,
      pids,
      target: { url, ca, asks: appointments },
    },
    {
      name: `a Patient, ${AT_ONCE} patients`,
      pids: { gateway, identity, mongod, redis },
      target: persons,
    },
  ];
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
    p99Refused: percentile(refused, 0.99),
    acceptedPerSecond: accepted.length / seconds,
    refused: refused.length,
    other,
  };
}

await untilInterrupted(main);
