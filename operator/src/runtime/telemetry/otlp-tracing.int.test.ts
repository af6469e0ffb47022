import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort, installCrd, startApiServer, until, type RunningApiServer } from '@careplane/testing';
import type { Logger } from '../controller.ts';
import { clinic, clinicController, clinicDefinition, clinicPath, type Clinic } from '../fixtures/clinic.ts';
import { silentLogger } from './log.ts';
import { startManager } from '../manager.ts';
import { startOtlpTracing } from './otlp-tracing.ts';
import { noTracing, type Tracing } from './tracing.ts';

jest.setTimeout(60_000);

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: { stringValue?: string } }[];
  status?: { code?: number; message?: string };
}

const SECRET = 'the patient’s name';

let server: RunningApiServer;
let receiver: Server;
let spans: Span[] = [];

/** Takes in what an OpenTelemetry collector would: `POST /v1/traces` with JSON. */
function startReceiver(): Promise<Server> {
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
      };
      if (request.url === '/v1/traces')
        spans.push(
          ...body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
        );
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  return new Promise((resolve) =>
    collector.listen(0, '127.0.0.1', () => {
      resolve(collector);
    }),
  );
}

beforeAll(async () => {
  server = await startApiServer();
  await installCrd(server.api, clinicDefinition);
  receiver = await startReceiver();
}, 120_000);

afterAll(async () => {
  receiver.close();
  await server.stop();
});

interface Line {
  message: string;
  fields: Record<string, unknown>;
}

function recordingLogger(lines: Line[]): Logger {
  const write = (message: string, fields: Record<string, unknown> = {}): void =>
    void lines.push({ message, fields });
  return { ...silentLogger, info: write, warn: write, error: write };
}

/** Runs an operator until the clinic is Ready, or its first failure is logged; gives what it logged about it. */
async function operate(name: string, tracing: Tracing, act?: () => Promise<void>): Promise<Line[]> {
  const lines: Line[] = [];
  const manager = await startManager({
    kubeconfig: server.kubeconfigPath,
    controllers: [
      clinicController({
        act: async (_clinic, context) => {
          context.log.info('acting');
          await act?.();
        },
      }),
    ],
    lease: { namespace: 'default', name: `tracing-${name}` },
    identity: name,
    tracing,
    log: recordingLogger(lines),
  });
  await server.api.apply(clinicPath(name), clinic(name, { message: SECRET }));
  const isTold = (message: string): boolean => lines.some((line) => line.message === message);
  const done = act === undefined ? 'acting' : 'the reconcile failed and is tried again';
  await until(() => Promise.resolve(isTold(done)), { what: `the log to say "${done}"` });
  if (act === undefined) await until(() => isReported(name), { what: 'the status' });
  await manager.stop();
  await server.api.request('DELETE', clinicPath(name));
  return lines.filter(({ fields }) => fields['name'] === name);
}

async function isReported(name: string): Promise<boolean> {
  const { status } = (await server.api.demand('GET', clinicPath(name))) as Clinic;
  return status?.observedGeneration === 1;
}

function childrenOf(parent: Span | undefined): string[] {
  return spans.filter(({ parentSpanId }) => parentSpanId === parent?.spanId).map(({ name }) => name);
}

describe('the trace of a reconcile', () => {
  it('has its phases below it, the calls to the API server below those, and is named in the log', async () => {
    spans = [];
    const { port } = receiver.address() as AddressInfo;
    const tracing = startOtlpTracing({
      endpoint: `http://127.0.0.1:${port}`,
      identity: 'test',
      log: silentLogger,
    });
    const [line] = await operate('traced', tracing);
    const root = spans.find(
      ({ traceId, parentSpanId }) => traceId === line?.fields['trace_id'] && !parentSpanId,
    );
    expect(root).toMatchObject({ name: 'reconcile Clinic' });
    // The status waits for the run that follows its children, or is in this one.
    expect(childrenOf(root).slice(0, 4)).toEqual(['observe', 'plan', 'apply', 'act']);
    const phase = (name: string): Span | undefined =>
      spans.find((span) => span.name === name && span.parentSpanId === root?.spanId);
    expect(childrenOf(phase('apply'))).toEqual(['apply configmaps', 'apply secrets']);
    const written = spans.filter(({ name }) => name === 'status').flatMap(childrenOf);
    expect(written).toEqual(['apply clinics/status']);
    expect(line?.fields).toMatchObject({
      kind: 'Clinic',
      namespace: 'default',
      name: 'traced',
      generation: 1,
    });
    // Renewals of the Lease and watches are in no trace.
    expect(spans.filter(({ name }) => /leases|watch/.test(name))).toEqual([]);
    expect(JSON.stringify(spans)).not.toContain(SECRET);
  });

  it('says which kind of error ended it, without its words', async () => {
    spans = [];
    const { port } = receiver.address() as AddressInfo;
    const tracing = startOtlpTracing({
      endpoint: `http://127.0.0.1:${port}/`,
      identity: 'test',
      log: silentLogger,
    });
    const lines = await operate('failing', tracing, () => Promise.reject(new TypeError(SECRET)));
    const failed = lines.find(({ message }) => message.startsWith('the reconcile failed'));
    expect(failed?.fields).toMatchObject({
      kind: 'Clinic',
      namespace: 'default',
      generation: 1,
      failures: 1,
    });
    const root = spans.find(
      ({ traceId, parentSpanId }) => traceId === failed?.fields['trace_id'] && !parentSpanId,
    );
    expect(root?.status).toEqual({ code: 2, message: 'TypeError' });
    expect(JSON.stringify(spans)).not.toContain(SECRET);
  });

  it('has an id in the log also when traces go nowhere', async () => {
    const lines = await operate('untraced', noTracing);
    const ids = lines.map(({ fields }) => String(fields['trace_id']));
    expect(ids.filter((id) => /^[0-9a-f]{32}$/.test(id))).toHaveLength(ids.length);
    expect(ids.length).toBeGreaterThan(0);
  });

  it('costs nothing but a line in the log when the collector is away', async () => {
    const lines: Line[] = [];
    const log = recordingLogger(lines);
    const port = await freePort();
    const tracing = startOtlpTracing({ endpoint: `http://127.0.0.1:${port}`, identity: 'test', log });
    await operate('alone', tracing);
    await tracing.stop();
    expect(lines.map(({ message }) => message)).toContain('the last traces could not be sent');
  });
});
