import './oidc/console-lines.ts'; // before whatever loads oidc-provider
import {
  accessPort,
  connectAmqp,
  connectMongo,
  connectRedis,
  consumeEvents,
  createIdempotency,
  createInternalClient,
  createInbox,
  createOutbox,
  createServiceAuth,
  createUserAuth,
  defineService,
  openAuditTrail,
  registerCount,
} from '@careplane/kit';
import type { Transaction } from '@careplane/kit';
import { auditedAccesses } from './accesses/record-accesses.ts';
import { createAccessParts, ownFacts } from './access-facts/access-parts.ts';
import { countRefusedFacts } from './access-facts/bounds.ts';
import { areFindable, relatedPatients } from './access-facts/related-patients.ts';
import { assembleAccounts } from './accounts/assemble.ts';
import { ensureAdminAccount } from './accounts/admin-account.ts';
import { createApps } from './apps/apps.ts';
import { followBoundApps } from './apps/bound-apps.ts';
import { identityConfig } from './config.ts';
import { cacheAnchor, createErasures, erasureHandlers, keepErasing } from './erasure/index.ts';
import { checkKeys } from './keys/key-check.ts';
import { keepUnderCurrentKeys } from './keys/keep-current.ts';
import { verificationKeys } from './keys/keyring-cache.ts';
import { openKeyring } from './keys/open-keyring.ts';
import { readSecrets } from './keys/secrets.ts';
import { endApp } from './oidc/artifacts.ts';
import { assembleOidc } from './oidc/assemble.ts';
import { createForms } from './pages/forms.ts';
import { createPasswords } from './passwords/passwords.ts';
import { createPersons } from './persons/persons.ts';
import { patientDirectory } from './persons/patient-directory.ts';
import { protectPersons } from './persons/protect.ts';
import { visitHandlers } from './relationships/events.ts';
import { identityRouter } from './router.ts';
import { openStore } from './store.ts';

/** Milliseconds for a command: a session that comes late is better than a log-in that must begin again. */
const SESSION_MS = 2_000;

/** Patients and practitioners, their accounts and consents, and the tokens everybody else verifies. */
export const identity = defineService({
  name: 'identity',
  config: identityConfig,
  async start(ctx) {
    const { config } = ctx;
    const secrets = readSecrets(ctx.bindings);
    const amqp = connectAmqp(ctx);
    const cache = connectRedis(ctx, SESSION_MS);
    const mongo = await connectMongo(ctx);
    const store = await openStore(mongo);
    const outbox = await createOutbox(ctx, { mongo, amqp });
    const audit = openAuditTrail(ctx, outbox);
    const { keyChecks: checks, signingKeys, accounts } = store;
    const state = await checkKeys({ checks, signingKeys, secrets });
    const moved = { accounts, apps: store.apps, secrets, state, audit };
    keepUnderCurrentKeys(ctx, { ...moved, everyMs: config.UPKEEP_MS });
    const protection = await protectPersons(ctx, {
      mongo,
      audit,
      tenant: config.TENANT ?? ctx.namespace,
      ownSystems: config.MRN_SYSTEMS,
      keyMaxAgeMs: config.DATA_KEY_MAX_AGE_MS,
      upkeepMs: config.UPKEEP_MS,
    });
    const life = {
      activeMs: config.KEY_ACTIVE_S * 1000,
      aheadMs: config.KEY_AHEAD_S * 1000,
      keptMs: config.KEY_KEPT_S * 1000,
    };
    await ensureAdminAccount({ mongo, accounts, audit, nameKeys: secrets.nameKeys });
    const keyring = await openKeyring(ctx, {
      store: { mongo, records: store.signingKeys, audit, life },
      secrets,
      refreshMs: config.KEYS_REFRESH_MS,
    });
    const idempotency = await createIdempotency({ mongo, digestKey: secrets.nameKeys });
    const passwords = await createPasswords({
      concurrency: config.HASH_CONCURRENCY,
      queue: config.HASH_QUEUE,
      waitMs: config.HASH_WAIT_MS,
    });
    const { PUBLIC_URL: publicUrl } = config;
    const persons = createPersons({ mongo, outbox, idempotency, protection });
    const facts = createAccessParts({
      mongo,
      outbox,
      idempotency,
      persons,
      config,
      refused: countRefusedFacts(ctx),
    });
    const erasure = createErasures({
      ...{ mongo, outbox, audit, facts, config },
      logger: ctx.logger,
      proofKeys: secrets.erasureKeys,
    });
    registerCount(ctx, {
      name: 'careplane_emergency_accesses_unreviewed',
      help: 'Records opened in an emergency whose access nobody has reviewed yet.',
      count: () => facts.emergencies.unreviewed(),
    });
    registerCount(ctx, {
      name: 'careplane_erasures_overdue',
      help: 'Patients whose erasure has begun a day ago, and of whom a service still has data.',
      count: () => erasure.erasures.overdue(),
    });
    const inbox = await createInbox(ctx, { mongo });
    const { endings } = facts;
    const ended = (clientId: string, tx?: Transaction): Promise<void> =>
      endApp({ artifacts: store.artifacts, endings }, clientId, tx);
    const { current: bound } = await followBoundApps(ctx, {
      mongo,
      audit,
      records: store.boundApps,
      ended,
    });
    const apps = createApps({ mongo, audit, records: store.apps, secrets, publicUrl, bound, ended });
    const patients = patientDirectory(persons);
    const oidc = assembleOidc({
      config,
      mongo,
      audit,
      secrets,
      store,
      cache,
      keyring,
      apps,
      endings,
      patients,
      related: (account) => relatedPatients(facts, account),
      findable: (account, found) => areFindable(facts, account, found),
      logger: ctx.logger,
    });
    const parts = {
      config,
      mongo,
      store,
      secrets,
      keyring,
      outbox,
      audit,
      idempotency,
      persons,
      facts,
      erasure,
      ...(ctx.calls.has('audit') ? { accesses: auditedAccesses(createInternalClient(ctx, 'audit')) } : {}),
      access: accessPort(ctx, { factsOf: ownFacts(facts) }),
      passwords,
      apps,
      oidc,
      forms: createForms({ origin: publicUrl, keys: secrets.cookieKeys }),
      ...assembleAccounts({
        config,
        secrets,
        bindings: ctx.bindings,
        mongo,
        store,
        cache,
        outbox,
        audit,
        passwords,
        persons,
        sessions: oidc.sessions,
      }),
    };
    const verification = verificationKeys(keyring);
    const users = createUserAuth({
      provider: () => ({ issuer: publicUrl, keys: verification }),
      keyBound: 'accept',
    });
    const { erasures } = erasure;
    const anchor = cacheAnchor(cache);
    const everyMs = config.UPKEEP_MS;
    void keepErasing(ctx, { erasures, anchor, sessions: oidc.sessions, everyMs });
    consumeEvents(ctx, {
      amqp,
      handlers: { ...visitHandlers(inbox, facts.visits, erasures), ...erasureHandlers(erasures) },
    });
    return { router: identityRouter(parts, { users, services: createServiceAuth(ctx) }) };
  },
});
