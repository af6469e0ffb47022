import { randomBytes } from 'node:crypto';
import { decide, NO_FACTS } from '@careplane/access';
import type { Facts, Subject } from '@careplane/access';
import {
  connectMongo,
  createFhirRouter,
  createIdempotency,
  defineService,
  ensureCollections,
  startService,
} from '@careplane/kit';
import type { Outbox } from '@careplane/kit';
import {
  askFhir,
  createLogSink,
  createTestAccess,
  createTestBindings,
  createTestTrail,
  mongodbEntries,
  testSubject,
} from '@careplane/kit/testing';
import type { FhirAnswer, LogSink, TestTrail } from '@careplane/kit/testing';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { z } from 'zod';
import { personDefinitions } from '../src/persons/definitions.ts';
import { personCollections } from '../src/persons/person-record.ts';
import { createPersons } from '../src/persons/persons.ts';
import type { Persons } from '../src/persons/persons.ts';
import { protectPersons } from '../src/persons/protect.ts';

export const MRN = 'urn:oid:1.2.3.4.mrn';

/** A server of persons with real access decisions, on a real MongoDB. */
export interface PersonServer {
  readonly url: string;
  readonly persons: Persons;
  readonly log: LogSink;
  readonly audit: TestTrail;
  /** Events that were committed, as `type subject`. */
  readonly events: string[];
  stop(): Promise<void>;
}

export interface PersonGround {
  readonly mongod: RunningMongod;
  readonly db: Db;
  /** The facts of subjects by their token; none when absent. */
  readonly facts: Map<string, Facts>;
  /** Writes the Secret that servers read at their start. */
  keys(entries: Readonly<Record<string, string>>): void;
  /** Who asks, by token: staff, and whom a test adds. */
  readonly subjects: Record<string, Subject>;
  start(options?: { upkeepMs?: number; ownSystems?: readonly string[] }): Promise<PersonServer>;
  stop(): Promise<void>;
}

export const KEY = randomBytes(32).toString('base64');
export const LOOKUP_KEY = randomBytes(32).toString('base64');

/** Staff whose tokens are their names. */
export const STAFF: Readonly<Record<string, Subject>> = {
  admin: testSubject({ id: 'admin', role: 'admin' }),
  frontdesk: testSubject({ id: 'desk', role: 'frontdesk' }),
  doctor: testSubject({ id: 'doc', role: 'practitioner', person: { type: 'Practitioner', id: 'doc' } }),
  compliance: testSubject({ id: 'officer', role: 'compliance' }),
};

export const patientSubject = (id: string): Subject =>
  testSubject({ id: `account-${id}`, role: 'patient', person: { type: 'Patient', id } });

export async function startPersonGround(): Promise<PersonGround> {
  const mongod = await startMongod();
  const client = new MongoClient(mongod.uri);
  const bindings = createTestBindings();
  bindings.write('clinic-db', mongodbEntries(mongod, 'identity'));
  const subjects: Record<string, Subject> = { ...STAFF };
  const facts = new Map<string, Facts>();
  const keys = (entries: Readonly<Record<string, string>>): void => {
    // what is not named is there and empty: a file that was written stays
    const none = { keyEncryptionKey: '', keyEncryptionKeyPrevious: '', lookupKey: '', lookupKeyPrevious: '' };
    bindings.write('identity-keys', { type: 'secret', ...none, ...entries });
  };
  keys({ keyEncryptionKey: KEY, lookupKey: LOOKUP_KEY });
  return {
    mongod,
    db: client.db('identity'),
    facts,
    keys,
    subjects,
    async start({ upkeepMs = 60_000, ownSystems = [MRN] } = {}): Promise<PersonServer> {
      const log = createLogSink();
      const events: string[] = [];
      const audit = createTestTrail();
      const parts: { persons?: Persons } = {};
      const running = await startService(
        defineService({
          name: 'identity',
          config: z.object({}),
          async start(ctx) {
            const mongo = await connectMongo(ctx);
            await ensureCollections(mongo, personCollections);
            const protection = await protectPersons(ctx, {
              mongo,
              tenant: 'clinic',
              ownSystems,
              keyMaxAgeMs: 60_000,
              upkeepMs,
              audit,
            });
            const idempotency = await createIdempotency({ mongo, digestKey: Buffer.alloc(32, 1) });
            const persons = createPersons({ mongo, outbox: outboxTo(events), idempotency, protection });
            parts.persons = persons;
            const access = createTestAccess(subjects, (subject, { action, type, attributes }) =>
              decide(subject, action, attributes ? { type, attributes } : { type }, {
                purpose: PURPOSE_OF[subject.role],
                facts: facts.get(subject.id) ?? NO_FACTS,
                now: new Date(),
              }),
            );
            const definitions = personDefinitions(persons, access);
            return { router: createFhirRouter({ definitions, access, audit, linkKey: Buffer.alloc(32, 1) }) };
          },
        }),
        {
          env: { PORT: '0', ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0', SERVICE_BINDING_ROOT: bindings.root },
          logStream: log.stream,
        },
      );
      if (running.url === undefined || !parts.persons) throw new Error('persons has a public port');
      return {
        url: running.url,
        persons: parts.persons,
        log,
        audit,
        events,
        async stop(): Promise<void> {
          await running.stop();
        },
      };
    },
    async stop(): Promise<void> {
      await client.close();
      await mongod.stop();
      bindings.remove();
    },
  };
}

const PURPOSE_OF = {
  patient: 'PATRQT',
  practitioner: 'TREAT',
  frontdesk: 'HOPERAT',
  compliance: 'HOPERAT',
  admin: 'HOPERAT',
  app: 'HOPERAT',
} as const;

/** Events count when their transaction commits. */
function outboxTo(events: string[]): Outbox {
  return {
    add(tx, type, { subject }): Promise<string> {
      tx.afterCommit(() => events.push(`${type} ${subject}`));
      return Promise.resolve('');
    },
  };
}

/** Asks as somebody: `ask(url, 'admin', 'GET Patient?name=x')`. */
export const ask: typeof askFhir = askFhir;
export type { FhirAnswer };

/** The ids of a searchset, in order. */
export function idsOf({ body }: FhirAnswer): string[] {
  const entries = (body['entry'] ?? []) as { resource: { id: string } }[];
  return entries.map(({ resource }) => resource.id);
}

/** A patient with something of everything. */
export const WALTRAUD = {
  resourceType: 'Patient',
  active: true,
  identifier: [{ system: 'urn:other', value: 'ident-4711' }],
  name: [
    { use: 'official', family: 'Quellenbusch-Müller', given: ['Waltraud', 'Irmgard'], prefix: ['Dr.'] },
    { use: 'nickname', text: 'Traudl' },
  ],
  birthDate: '1957-03-12',
  gender: 'female',
  telecom: [
    { system: 'email', value: 'Waltraud.Q@Mail.Example', use: 'home', rank: 2 },
    { system: 'phone', value: '+49 (0)30 123-4567', use: 'mobile' },
    { system: 'fax', value: '030 7654321' },
  ],
  address: [{ line: ['Ziegelgasse 7'], city: 'Königs Wusterhausen', postalCode: '15711', country: 'DE' }],
  communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'de' }] }, preferred: true }],
  extension: [
    { url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace', valueAddress: { city: 'Jüterbog' } },
  ],
};

/** Registers a patient as the front desk. @returns the id */
export async function createPatient(
  { url }: PersonServer,
  over: Record<string, unknown> = {},
): Promise<string> {
  const { status, body } = await ask(url, 'frontdesk', 'POST Patient', {
    body: { resourceType: 'Patient', ...over },
  });
  if (status !== 201) throw new Error(`a create answered ${String(status)}: ${JSON.stringify(body)}`);
  return body['id'] as string;
}
