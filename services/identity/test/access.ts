import type { Subject } from '@careplane/access';
import {
  accessPort,
  connectMongo,
  createFhirRouter,
  createIdempotency,
  createInbox,
  dataClassesOf,
  defineService,
  ensureCollections,
  FACTS_PATH,
  Router,
  startService,
} from '@careplane/kit';
import type { AccessPort, EventData, EventType, Resource, ResourceDefinition } from '@careplane/kit';
import {
  createMemoryStore,
  createTestAccess,
  createTestBindings,
  createTestTrail,
  mongodbEntries,
  testSubject,
} from '@careplane/kit/testing';
import type { TestTrail } from '@careplane/kit/testing';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { z } from 'zod';
import { accessCollections, createAccessParts, ownFacts } from '../src/access-facts/access-parts.ts';
import { countRefusedFacts } from '../src/access-facts/bounds.ts';
import type { FactsParts } from '../src/access-facts/facts.ts';
import { readFacts, readManyFacts } from '../src/access-facts/route.ts';
import { accountCollections } from '../src/accounts/account.ts';
import { tokenCollections } from '../src/accounts/account-tokens.ts';
import { createErasures, erasureCollections, erasureHandlers } from '../src/erasure/index.ts';
import type { ErasureOperations } from '../src/erasure/index.ts';
import { fhirDefinitions } from '../src/fhir/definitions.ts';
import { personCollections } from '../src/persons/person-record.ts';
import { createPersons } from '../src/persons/persons.ts';
import { protectPersons } from '../src/persons/protect.ts';
import { visitHandlers } from '../src/relationships/events.ts';
import { KEY, LOOKUP_KEY } from './persons.ts';

/** Identity's consents, relationships and emergencies with real decisions, and another service that asks for facts. */
export interface AccessGround {
  /** What identity keeps everything in. */
  readonly mongod: RunningMongod;
  /** Identity: persons, consents, care teams, emergencies. */
  readonly identity: string;
  /** Another service: Observations. */
  readonly records: string;
  readonly db: Db;
  readonly facts: FactsParts;
  readonly erasure: ErasureOperations;
  /** Who asks, by token. */
  readonly subjects: Record<string, Subject>;
  /** What both have recorded. */
  readonly audit: TestTrail;
  /** Events that were committed. */
  readonly events: { readonly type: string; readonly data: unknown }[];
  /** Puts an Observation about a patient in. */
  observe(patient: string, over?: Record<string, unknown>): string;
  /** Tells identity of an event, as the broker does. */
  tell<T extends EventType>(type: T, data: EventData<T>, id: string, at?: Date): Promise<unknown>;
  /** From now on identity answers no question for facts. */
  setAway(isAway: boolean): void;
  stop(): Promise<void>;
}

const observations = (): {
  definition: ResourceDefinition;
  put: (resource: Resource & { id: string }) => void;
} => {
  const attributes: ResourceDefinition['attributes'] = ({ id, subject }) => ({
    ...(id === undefined ? {} : { id: [id] }),
    patient: [String((subject as { reference?: string } | undefined)?.reference).replace('Patient/', '')],
  });
  const store = createMemoryStore({
    attributes: (resource) => ({ ...attributes(resource), dataClass: dataClassesOf(resource) }),
    searchParameters: {},
  });
  return {
    put: (resource) => void store.put(resource),
    definition: {
      type: 'Observation',
      documentation: 'For tests.',
      schema: z.looseObject({ resourceType: z.literal('Observation') }),
      attributes,
      searchParameters: {},
      store: {
        read: (id, interaction) => store.read(id, interaction),
        vread: (id, versionId, interaction) => store.vread(id, versionId, interaction),
        history: (id, interaction) => store.history(id, interaction),
        search: (query, interaction) => store.search(query, interaction),
      },
    },
  };
};

const ENV = { PORT: '0', ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0' };
/** One that is approved is due at once, and other services write nothing that comes late. */
const ERASURE = {
  ERASURE_GRACE_HOURS: 0,
  ERASURE_SERVICES: ['appointments', 'records'],
  ERASURE_TELL_AGAIN_MS: 60_000,
  DATA_KEY_MAX_AGE_MS: 0,
};
const LINK_KEY = Buffer.alloc(32, 1);

export interface AccessGroundOptions {
  /** What the other service serves, instead of Observations in memory. */
  readonly definition?: ResourceDefinition;
  /** Hears of each answer with facts: how many bytes it has. */
  readonly answered?: (bytes: number) => void;
}

export async function startAccessGround(options: AccessGroundOptions = {}): Promise<AccessGround> {
  const mongod: RunningMongod = await startMongod();
  const client = new MongoClient(mongod.uri);
  const bindings = createTestBindings();
  bindings.write('clinic-db', mongodbEntries(mongod, 'identity'));
  bindings.write('identity-keys', { type: 'secret', keyEncryptionKey: KEY, lookupKey: LOOKUP_KEY });
  const subjects: Record<string, Subject> = {
    admin: testSubject({ id: 'admin', role: 'admin' }),
    frontdesk: testSubject({ id: 'desk', role: 'frontdesk' }),
    compliance: testSubject({ id: 'officer', role: 'compliance' }),
    lab: testSubject({ id: 'lab', role: 'app', client: 'lab', scopes: ['system/*.cruds'] }),
  };
  const byToken = createTestAccess(subjects);
  const withSubjects = (port: AccessPort): AccessPort => ({
    ...port,
    subjectOf: (req) => byToken.subjectOf(req),
  });
  const events: AccessGround['events'] = [];
  const audit = createTestTrail();
  let isAway = false;
  let parts: Pick<AccessGround, 'facts' | 'erasure' | 'tell'> | undefined;
  const identity = await startService(
    defineService({
      name: 'identity',
      config: z.object({}),
      async start(ctx) {
        const mongo = await connectMongo(ctx);
        await ensureCollections(mongo, [
          ...personCollections,
          ...accessCollections,
          ...accountCollections,
          ...tokenCollections,
          ...erasureCollections,
          { name: 'consents', indexes: [{ key: { patientId: 1 }, name: 'patient' }] },
        ]);
        const protection = await protectPersons(ctx, {
          mongo,
          tenant: 'clinic',
          ownSystems: [],
          keyMaxAgeMs: 60_000,
          upkeepMs: 60_000,
          audit,
        });
        const idempotency = await createIdempotency({ mongo, digestKey: Buffer.alloc(32, 1) });
        const outbox = {
          add(tx: { afterCommit(run: () => void): void }, type: string, { data }: { data: unknown }) {
            tx.afterCommit(() => events.push({ type, data }));
            return Promise.resolve('');
          },
        };
        const persons = createPersons({ mongo, outbox, idempotency, protection });
        const facts = createAccessParts({
          mongo,
          outbox,
          idempotency,
          persons,
          refused: countRefusedFacts(ctx),
          config: {
            TREATMENT_DAYS_AFTER_VISIT: 30,
            PROXY_UNTIL_AGE: 18,
            EMERGENCY_HOURS: 4,
            EMERGENCIES_PER_HOUR: 5,
          },
        });
        const erasure = createErasures({
          ...{ mongo, outbox, audit, facts, config: ERASURE },
          logger: ctx.logger,
          proofKeys: [LINK_KEY],
        });
        const handlers = {
          ...visitHandlers(await createInbox(ctx, { mongo }), facts.visits, erasure.erasures),
          ...erasureHandlers(erasure.erasures),
        };
        parts = {
          facts,
          erasure,
          tell: (type, data, id, at = new Date()) =>
            (handlers[type] as (event: object) => Promise<unknown>)({
              id,
              type,
              data,
              time: at.toISOString(),
            }),
        };
        const access = withSubjects(accessPort(ctx, { factsOf: ownFacts(facts) }));
        const router = Router();
        router.use(FACTS_PATH, (_req, res, next) => {
          res.on('finish', () => options.answered?.(Number(res.getHeader('content-length') ?? 0)));
          if (isAway) res.status(503).end();
          else next();
        });
        router.get(`${FACTS_PATH}/:role/:id`, readFacts(facts));
        router.post(FACTS_PATH, readManyFacts(facts));
        const definitions = fhirDefinitions({
          persons,
          access,
          facts,
          erasure,
          linkKey: LINK_KEY,
          recordParts: ['Encounter', 'Appointment'],
        });
        router.use(createFhirRouter({ definitions, access, audit, linkKey: LINK_KEY }));
        return { router };
      },
    }),
    { env: { ...ENV, SERVICE_BINDING_ROOT: bindings.root } },
  );
  const { definition, put } = observations();
  const records = await startService(
    defineService({
      name: 'records',
      config: z.object({}),
      start: (ctx) => ({
        router: createFhirRouter({
          definitions: [options.definition ?? definition],
          access: withSubjects(accessPort(ctx)),
          audit,
          linkKey: LINK_KEY,
        }),
      }),
    }),
    { env: { ...ENV, SERVICE_BINDING_ROOT: bindings.root, CALLS_IDENTITY_URL: identity.url } },
  );
  if (!parts || identity.url === undefined || records.url === undefined) throw new Error('not started');
  let count = 0;
  return {
    mongod,
    identity: identity.url,
    records: records.url,
    db: client.db('identity'),
    facts: parts.facts,
    erasure: parts.erasure,
    tell: parts.tell,
    subjects,
    audit,
    events,
    observe(patient, over = {}): string {
      count += 1;
      const id = `obs-${String(count)}`;
      put({ resourceType: 'Observation', id, subject: { reference: `Patient/${patient}` }, ...over });
      return id;
    },
    setAway(value): void {
      isAway = value;
    },
    async stop(): Promise<void> {
      await records.stop();
      await identity.stop();
      await client.close();
      await mongod.stop();
      bindings.remove();
    },
  };
}
