import {
  accessPort,
  connectAmqp,
  connectMongo,
  consumeEvents,
  createInternalClient,
  createServiceAuth,
  dataKeyCollection,
  defineService,
  ensureCollections,
  identityLedger,
  keepDataKeys,
  openServiceKeys,
  remoteUserAuth,
} from '@careplane/kit';
import type { Collection, CollectionSpec } from '@careplane/kit';
import { keepChecked } from './checks/keep-checked.ts';
import { auditConfig, KEYS_SECRET } from './config.ts';
import { openAuditErasures } from './erasure.ts';
import { EventStore } from './events/store.ts';
import type { Entry } from './events/store.ts';
import { intakeHandlers, MAX_ATTEMPTS, PREFETCH } from './intake/handlers.ts';
import { ENTRIES, openLog, readLogKeys } from './log/index.ts';
import { declaredWitnesses } from './witnesses.ts';
import { identityNames } from './names/names.ts';
import { ownTrail } from './own-trail.ts';
import { auditRouter, publicLogRouter } from './router.ts';
import { createSealer } from './sealing/sealer.ts';

/** What AuditEvents are found by, the newest first. */
const ENTRY_INDEXES: NonNullable<CollectionSpec['indexes']> = [
  { key: { 'index.patients': 1, _id: -1 }, name: 'patients' },
  { key: { 'index.agents': 1, _id: -1 }, name: 'agents' },
  { key: { 'index.entities': 1, _id: -1 }, name: 'entities' },
  { key: { 'index.owners': 1, _id: -1 }, name: 'owners' },
  { key: { 'index.recorded': 1, _id: 1 }, name: 'recorded' },
  { key: { 'index.outcome': 1, _id: -1 }, name: 'outcome' },
  { key: { 'index.purpose': 1, _id: -1 }, name: 'purpose' },
];

/** Keeps who did what to whose data: entries come by events, are sealed and logged, and are read over FHIR. */
export const audit = defineService({
  name: 'audit',
  config: auditConfig,
  async start(ctx) {
    const { config } = ctx;
    const users = remoteUserAuth(ctx);
    const amqp = connectAmqp(ctx);
    const mongo = await connectMongo(ctx);
    await ensureCollections(mongo, [dataKeyCollection]);
    const serviceKeys = await openServiceKeys(ctx, {
      mongo,
      secret: KEYS_SECRET,
      tenant: config.TENANT ?? ctx.namespace,
      keyMaxAgeMs: config.DATA_KEY_MAX_AGE_MS,
    });
    const { derive } = serviceKeys;
    const protection = { ...serviceKeys, subjectKeys: derive('subjects of data keys') };
    const sealer = createSealer(protection);
    const origin = config.LOG_ORIGIN ?? `careplane.dev/${ctx.namespace}/audit`;
    const logKeys = readLogKeys(ctx.bindings, KEYS_SECRET, origin);
    const witnesses = declaredWitnesses(ctx, logKeys);
    const log = await openLog({ ctx, mongo, keys: logKeys, entryIndexes: ENTRY_INDEXES, witnesses });
    const trail = ownTrail(ctx.name, { log, sealer });
    keepDataKeys(ctx, { keys: serviceKeys.keys, audit: trail, everyMs: config.UPKEEP_MS });
    const entries = mongo.collection(ENTRIES) as unknown as Collection<Entry>;
    const identity = createInternalClient(ctx, 'identity');
    const ledger = identityLedger(identity);
    const erasing = await openAuditErasures(ctx, { mongo, amqp, ledger, protection });
    const names = identityNames({ identity, logger: ctx.logger });
    const events = new EventStore({ entries, sealer, protection, names });
    const { CHECK_BUNDLE_MS: bundleMs, CHECK_MS: everyMs } = config;
    keepChecked(ctx, { log, entries, sealer, index: protection.index }, { bundleMs, everyMs });
    consumeEvents(ctx, {
      amqp,
      handlers: { ...intakeHandlers({ log, sealer }), ...erasing },
      prefetch: PREFETCH,
      maxAttempts: MAX_ATTEMPTS,
    });
    return {
      adminRouter: publicLogRouter(log),
      router: auditRouter({
        events,
        log,
        users,
        services: createServiceAuth(ctx),
        access: accessPort(ctx),
        audit: trail,
        linkKey: derive('links of searches'),
      }),
    };
  },
});
