import { randomBytes } from 'node:crypto';
import { satisfies } from '@careplane/access';
import type { Constraint } from '@careplane/access';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import {
  BlindIndex,
  careTeamSchema,
  connectMongo,
  createFhirRouter,
  createIdempotency,
  createRecordCipher,
  criteriaClaims,
  dataKeyCollection,
  DataKeys,
  DeletableStore,
  ensureCollections,
  Invalid,
  localKeyProvider,
  referencesAt,
  sealedCollections,
  textParameter,
  textTerms,
  unknownPatient,
} from '../src/index.ts';
import type { CareTeam, Mongo, ResourceDefinition, SealedKind, SealedParts } from '../src/index.ts';
import {
  ALLOW_ALL,
  askFhir,
  createTestAccess,
  createTestBindings,
  createTestTrail,
  mongodbEntries,
  testSubject,
} from '../src/testing/index.ts';
import type { FhirAnswer, FhirQuestion, TestTrail } from '../src/testing/index.ts';
import { startOn } from './ground.ts';

/** What stands readable of a care team. */
export interface TeamFacts {
  readonly status: string;
  readonly organizations: readonly string[];
}

const NAME = textParameter(['CareTeam.name'], { documentation: 'How it is called.' });

const idsAt = (resource: object, element: string): string[] =>
  referencesAt(resource, [element]).map(({ id }) => id);

function patientOf(resource: object): string {
  const [id] = idsAt(resource, 'subject');
  if (id === undefined)
    throw new Invalid([{ path: 'CareTeam.subject', message: 'a Patient of this server' }]);
  return id;
}

const KIND: SealedKind<TeamFacts> = {
  type: 'CareTeam',
  collection: 'teams',
  fields: { status: { as: 'code', paths: ['facts.status'] } },
  blind: { name: NAME },
  terms: ({ name }) => textTerms('CareTeam.name', typeof name === 'string' ? [name] : []),
  sort: { status: 'facts.status' },
  attributes: { organization: ['facts.organizations'] },
  patientElement: 'subject',
  patientOf,
  factsOf: (resource) =>
    Promise.resolve({
      status: (resource as CareTeam).status ?? 'active',
      organizations: idsAt(resource, 'managingOrganization'),
    }),
};

/** The patients that there are. */
export const PATIENTS = ['p1', 'p2'];

/** A server of care teams in a sealed store, on a real MongoDB. */
export interface SealedServer {
  readonly audit: TestTrail;
  readonly mongo: Mongo;
  readonly keys: DataKeys;
  readonly store: DeletableStore<TeamFacts>;
  ask(line: string, options?: AskOptions): Promise<FhirAnswer>;
  stop(): Promise<void>;
}

export interface AskOptions extends FhirQuestion {
  /** `all`, who may see everything, or a patient, who sees what is about them. */
  readonly as?: string;
}

export interface SealedGround {
  readonly mongod: RunningMongod;
  /** Starts a replica with these lookup keys, the current one first. */
  start(lookupKeys?: readonly string[]): Promise<SealedServer>;
  stop(): Promise<void>;
}

export const LOOKUP_KEY = 'the lookup key of the tests';

export async function startSealedGround(): Promise<SealedGround> {
  const mongod = await startMongod();
  const bindings = createTestBindings();
  bindings.write('db', mongodbEntries(mongod, 'teams'));
  const secret = randomBytes(32).toString('base64');
  return {
    mongod,
    async start(lookupKeys = [LOOKUP_KEY]): Promise<SealedServer> {
      const audit = createTestTrail();
      const made = Promise.withResolvers<Pick<SealedServer, 'mongo' | 'keys' | 'store'>>();
      const running = await startOn(bindings, 'teams', async (ctx) => {
        const mongo = await connectMongo(ctx);
        await ensureCollections(mongo, [
          ...sealedCollections(KIND.collection, { isBlind: true }),
          criteriaClaims,
          dataKeyCollection,
        ]);
        const provider = localKeyProvider({ read: () => [secret] });
        const keys = new DataKeys({ mongo, provider, tenant: 'clinic' });
        const parts: SealedParts = {
          mongo,
          idempotency: await createIdempotency({ mongo }),
          protection: { keys, cipher: createRecordCipher(keys), index: new BlindIndex(lookupKeys) },
          requirePatient: async (id) => {
            await Promise.resolve();
            if (!PATIENTS.includes(id)) throw unknownPatient();
          },
        };
        const store = new DeletableStore(parts, KIND);
        made.resolve({ mongo, keys, store });
        const definitions = [definitionOf(store)];
        return {
          router: createFhirRouter({
            definitions,
            access: accessToTeams(),
            audit,
            linkKey: Buffer.alloc(32, 1),
          }),
        };
      });
      const { mongo, keys, store } = await made.promise;
      return {
        audit,
        mongo,
        keys,
        store,
        ask: (line, { as = 'all', ...question } = {}) => askFhir(running.url ?? '', as, line, question),
        async stop(): Promise<void> {
          await running.stop();
          keys.close();
        },
      };
    },
    async stop(): Promise<void> {
      await mongod.stop();
      bindings.remove();
    },
  };
}

function definitionOf(store: DeletableStore<TeamFacts>): ResourceDefinition {
  return {
    type: 'CareTeam',
    documentation: 'Care teams.',
    schema: careTeamSchema,
    attributes: (resource) => ({
      patient: idsAt(resource, 'subject'),
      organization: idsAt(resource, 'managingOrganization'),
    }),
    searchParameters: {
      patient: { type: 'reference', documentation: 'Whose.', targets: ['Patient'], paths: ['subject'] },
      status: { type: 'token', documentation: 'Status.', sortable: true },
      name: NAME.parameter,
    },
    requiresIfMatch: false,
    store,
  };
}

/** A patient sees what is about them, a manager what their organization runs, `all` everything. */
function accessToTeams(): ReturnType<typeof createTestAccess> {
  const subjects = Object.fromEntries(['all', 'o1', ...PATIENTS].map((id) => [id, testSubject({ id })]));
  return createTestAccess(subjects, ({ id }, { attributes }) => {
    if (id === 'all') return ALLOW_ALL;
    const attribute = id === 'o1' ? 'organization' : 'patient';
    const constraint: Constraint = { kind: 'in', attribute, values: [id] };
    if (attributes && !satisfies(constraint, attributes)) return { effect: 'deny', reason: 'not-own' };
    return { effect: 'allow', constraint, without: [] };
  });
}

/** A care team of a patient. */
export const teamOf = (patient: string, over: object = {}): object => ({
  resourceType: 'CareTeam',
  status: 'active',
  name: 'Palliativteam Nord',
  subject: { reference: `Patient/${patient}` },
  managingOrganization: [{ reference: 'Organization/o1' }],
  ...over,
});
