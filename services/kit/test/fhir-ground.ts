import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Attributes, Decision, Subject } from '@careplane/access';
import {
  appointmentSchema,
  createFhirRouter,
  patientSchema,
  referencesAt,
  resourcePart,
} from '../src/index.ts';
import type {
  AccessPort,
  FhirOptions,
  OperationDefinition,
  Resource,
  ResourceDefinition,
  ResourcePart,
} from '../src/index.ts';
import { createApp } from '../src/http/app.ts';
import { createLogger } from '../src/observe/logger.ts';
import { createMetrics } from '../src/observe/metrics.ts';
import {
  createLogSink,
  createMemoryStore,
  createTestAccess,
  createTestTrail,
  testSubject,
} from '../src/testing/index.ts';
import type { AskedDecision, TestAccess, TestTrail } from '../src/testing/index.ts';

const patientParameters = {
  family: { type: 'string', documentation: 'Family name.', paths: ['name.family'], modifiers: ['missing'] },
  birthdate: { type: 'date', documentation: 'Birth date.', paths: ['birthDate'], sortable: true },
} as const;

const appointmentParameters = {
  patient: {
    type: 'reference',
    documentation: 'The patient.',
    paths: ['participant.actor'],
    targets: ['Patient'],
  },
  practitioner: {
    type: 'reference',
    documentation: 'The practitioner.',
    paths: ['participant.actor'],
    targets: ['Practitioner'],
  },
  actor: { type: 'reference', documentation: 'Who takes part.', paths: ['participant.actor'] },
  status: { type: 'token', documentation: 'Status.', paths: ['status'], modifiers: ['not'] },
} as const;

export const patientAttributes = ({ id }: Resource): Attributes =>
  id === undefined ? {} : { patient: [id] };
export const appointmentAttributes = (resource: Resource): Attributes => {
  const idsOf = (wanted: string): string[] =>
    referencesAt(resource, ['participant.actor'])
      .filter(({ type }) => type === wanted)
      .map(({ id }) => id);
  return { patient: idsOf('Patient'), practitioner: idsOf('Practitioner') };
};

type Decide = (subject: Subject, asked: AskedDecision) => Decision;

export interface FhirGround {
  readonly url: string;
  readonly access: TestAccess;
  readonly audit: TestTrail;
  readonly patients: ReturnType<typeof createMemoryStore>;
  readonly appointments: ReturnType<typeof createMemoryStore>;
  readonly definitions: readonly ResourceDefinition[];
  /** Asks as the subject `doctor`, unless the headers say otherwise. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Answer>;
  readonly stop: () => void;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & { readonly entry?: readonly Entry[] };
}

interface Entry {
  readonly fullUrl: string;
  readonly resource: Resource & { readonly id: string };
  readonly search: { readonly mode: string };
}

/** Patients and appointments in memory behind the kit's own application. */
export async function startFhir(
  parts: {
    decide?: Decide;
    /** Decides instead of `decide`, about the same subjects. */
    port?: Omit<AccessPort, 'subjectOf'>;
    operations?: readonly OperationDefinition[];
    linkKey?: FhirOptions['linkKey'];
    bundles?: FhirOptions['bundles'];
    /** A part of appointments: at `/-/:id/part`. */
    part?: ResourcePart;
    /** What the type Patient says of itself beside. */
    patient?: Partial<ResourceDefinition>;
  } = {},
): Promise<FhirGround> {
  const access = createTestAccess(
    {
      doctor: testSubject(),
      pat: testSubject({ id: 'p', role: 'patient', person: { type: 'Patient', id: 'p1' } }),
      drew: testSubject({ id: 'drew', person: { type: 'Practitioner', id: 'drew' } }),
      lab: testSubject({ id: 'lab', role: 'app', client: 'lab', scopes: ['system/*.cruds'] }),
      desk: testSubject({ id: 'desk', role: 'frontdesk' }),
    },
    parts.decide,
  );
  const patients = createMemoryStore({ attributes: patientAttributes, searchParameters: patientParameters });
  const appointments = createMemoryStore({
    attributes: appointmentAttributes,
    searchParameters: appointmentParameters,
  });
  const definitions: ResourceDefinition[] = [
    {
      type: 'Patient',
      documentation: 'Patients.',
      schema: patientSchema,
      attributes: patientAttributes,
      searchParameters: patientParameters,
      store: patients,
      ...parts.patient,
      ...(parts.operations ? { operations: parts.operations } : {}),
    },
    {
      type: 'Appointment',
      documentation: 'Appointments.',
      schema: appointmentSchema,
      attributes: appointmentAttributes,
      searchParameters: appointmentParameters,
      includes: ['patient', 'practitioner', 'actor'],
      store: appointments,
    },
  ];
  const audit = createTestTrail();
  const router = createFhirRouter({
    definitions,
    access: parts.port ? { ...parts.port, subjectOf: (req) => access.subjectOf(req) } : access,
    audit,
    linkKey: parts.linkKey ?? Buffer.alloc(32, 1),
    ...(parts.bundles ? { bundles: parts.bundles } : {}),
  });
  const [, appointment] = definitions;
  if (parts.part && appointment)
    router.get('/fhir/R4/-/:id/part', resourcePart({ access, audit }, appointment, parts.part));
  const server = createServer(
    createApp({
      logger: createLogger({
        service: 't',
        version: '0',
        instance: 't',
        level: 'error',
        stream: createLogSink().stream,
      }),
      metrics: createMetrics(),
      router,
      requestTimeoutMs: 5_000,
      bodyLimitBytes: 100_000,
      parseBodies: true,
      trustedHops: 1,
      draining: () => false,
    }),
  );
  const url = await listening(server);
  return {
    url,
    access,
    audit,
    patients,
    appointments,
    definitions,
    ask: (path, init = {}) => asked(`${url}/fhir/R4${path}`, init),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function asked(url: string, init: RequestInit): Promise<Answer> {
  const headers = new Headers(init.headers);
  if (!headers.has('authorization')) headers.set('authorization', 'Bearer doctor');
  if (init.body !== undefined && !headers.has('content-type'))
    headers.set('content-type', 'application/fhir+json');
  const response = await fetch(url, { ...init, headers });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
  };
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

export const appointmentOf = (id: string, patient: string): Resource & { readonly id: string } => ({
  resourceType: 'Appointment',
  id,
  status: 'booked',
  start: '2026-12-01T09:00:00Z',
  end: '2026-12-01T09:30:00Z',
  participant: [
    { actor: { reference: `Patient/${patient}` }, status: 'accepted' },
    { actor: { reference: 'Practitioner/d1' }, status: 'accepted' },
  ],
});

export const patientOf = (id: string, family = 'Berg'): Resource & { readonly id: string } => ({
  resourceType: 'Patient',
  id,
  name: [{ family }],
  telecom: [{ system: 'phone', value: '030 123' }],
});
