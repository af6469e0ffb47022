import {
  accessPort,
  chosenKeyProvider,
  connectAmqp,
  connectMongo,
  consumeEvents,
  createIdempotency,
  createInternalClient,
  createOutbox,
  defineService,
  ensureCollections,
  ExportJobs,
  identityLedger,
  identityPersons,
  keepDataKeys,
  keepPlanning,
  openAuditTrail,
  openServiceKeys,
  remoteUserAuth,
  unknownPatient,
  withTransaction,
} from '@careplane/kit';
import { recordCollections } from './collections.ts';
import { recordsConfig } from './config.ts';
import { ContentAdditions } from './content/index.ts';
import { openContents } from './contents.ts';
import { definitionOf, openStores, recordDefinitions } from './definitions.ts';
import { documentUploads } from './documents/upload-router.ts';
import { openRecordsErasures } from './erasure.ts';
import { recordsRouter, STREAMED } from './router.ts';
import { SealedDocuments } from './sealed-documents/index.ts';
import { sealedRouter } from './sealed-documents/sealed-router.ts';
import { keepIndexed, requireFittingLookupKeys } from './upkeep.ts';

/** The secret that the operator generates for this service (`spec.secrets`). */
const KEYS_SECRET = 'records-keys';

/** So long conflicts of a Bundle may take, in milliseconds: less than a request's time. */
const TRANSACTION_MS = 12_000;

/** What is known of patients' health, encrypted under a key of each patient. */
export const records = defineService({
  name: 'records',
  config: recordsConfig,
  http: { streamedPaths: STREAMED },
  async start(ctx) {
    const { config } = ctx;
    // its keys are asked for first: they come while the database is connected
    const users = remoteUserAuth(ctx);
    const mongo = await connectMongo(ctx);
    const tenant = config.TENANT ?? ctx.namespace;
    await ensureCollections(mongo, recordCollections);
    const protection = await openServiceKeys(ctx, {
      mongo,
      secret: KEYS_SECRET,
      tenant,
      keyMaxAgeMs: config.DATA_KEY_MAX_AGE_MS,
      root: (local) => chosenKeyProvider(ctx, local),
    });
    const idempotency = await createIdempotency({
      mongo,
      digestKey: protection.derive('digests of requests'),
    });
    const amqp = connectAmqp(ctx);
    const outbox = await createOutbox(ctx, { mongo, amqp });
    const audit = openAuditTrail(ctx, outbox);
    keepDataKeys(ctx, { keys: protection.keys, audit, everyMs: config.UPKEEP_MS });
    const identity = createInternalClient(ctx, 'identity');
    const persons = identityPersons(identity);
    const access = accessPort(ctx);
    const contents = await openContents(ctx, { mongo, keys: protection.keys, tenant });
    const parts = {
      contents,
      sealed: new SealedDocuments(new ContentAdditions({ mongo, contents })),
      mongo,
      idempotency,
      protection,
      async requirePatient(id: string, signal: AbortSignal): Promise<void> {
        if (!(await persons.exists('Patient', id, signal))) throw unknownPatient();
      },
    };
    const stores = openStores(parts);
    await requireFittingLookupKeys(stores, protection.index);
    const { handlers } = await openRecordsErasures(ctx, {
      mongo,
      outbox,
      ledger: identityLedger(identity),
      keys: protection.keys,
      stores,
      contents: parts.contents,
    });
    consumeEvents(ctx, { amqp, handlers });
    void keepIndexed(ctx, stores, config.UPKEEP_MS);
    const linkKey = protection.derive('links of pages');
    const definitions = recordDefinitions(stores, { ...parts, access, linkKey });
    const jobs = new ExportJobs(mongo, {
      lifetimeMs: config.EXPORT_LIFETIME_MS,
      leaseMs: config.EXPORT_LEASE_MS,
      pauseMs: config.EXPORT_PAUSE_MS,
    });
    void keepPlanning(ctx, { jobs, definitions });
    const router = recordsRouter(definitions, {
      users,
      access,
      audit,
      jobs,
      sealed: sealedRouter({ ...parts, access, audit, binary: definitionOf(definitions, 'Binary') }),
      uploads: documentUploads({ ...parts, access, audit, mostBytes: config.CONTENT_LIMIT_BYTES }),
      bodyLimitBytes: config.BODY_LIMIT_BYTES,
      linkKey,
      bundles: {
        run: (work, signal) => withTransaction(mongo, work, { signal, deadlineMs: TRANSACTION_MS }),
      },
    });
    return { router };
  },
});
