import {
  accessPort,
  connectAmqp,
  connectMongo,
  connectRedis,
  consumeEvents,
  createIdempotency,
  createInbox,
  createOutbox,
  createServiceAuth,
  createUserAuth,
  defineService,
  describeError,
} from '@careplane/kit';
import { createAccessParts, ownFacts } from './access-facts/access-parts.ts';
import { visitHandlers } from './relationships/events.ts';
import { identityConfig } from './config.ts';
import { cacheKeyring, verificationKeys } from './keys/keyring-cache.ts';
import { readSecrets } from './keys/secrets.ts';
import { loadKeyring } from './keys/signing-keys.ts';
import { createPasswords } from './passwords/passwords.ts';
import { createPersons } from './persons/persons.ts';
import { protectPersons } from './persons/protect.ts';
import { identityRouter } from './router.ts';
import { openStore } from './store.ts';
import { createLoginLimit } from './tokens/login-limit.ts';

/** Patients and practitioners, their accounts and consents, and the tokens everybody else verifies. */
export const identity = defineService({
  name: 'identity',
  config: identityConfig,
  async start(ctx) {
    const { config } = ctx;
    const secrets = readSecrets(ctx.bindings);
    const amqp = connectAmqp(ctx);
    const cache = connectRedis(ctx);
    const mongo = await connectMongo(ctx);
    const store = await openStore(mongo);
    const protection = await protectPersons(ctx, {
      mongo,
      tenant: config.TENANT ?? ctx.namespace,
      ownSystems: config.MRN_SYSTEMS,
      keyMaxAgeMs: config.DATA_KEY_MAX_AGE_MS,
      upkeepMs: config.UPKEEP_MS,
    });
    const keys = { mongo, records: store.signingKeys };
    const load = (): ReturnType<typeof loadKeyring> => loadKeyring(keys, secrets.sealingKey);
    const keyring = cacheKeyring(load, {
      initial: await load(),
      refreshMs: config.KEYS_REFRESH_MS,
      failed: (error) => {
        ctx.logger.warn('signing keys: not read again, the last ones stay', describeError(error));
      },
    });
    const outbox = await createOutbox(ctx, { mongo, amqp });
    const idempotency = await createIdempotency({ mongo, digestKey: secrets.lookupKey });
    const persons = createPersons({ mongo, outbox, idempotency, protection });
    const facts = createAccessParts({ mongo, outbox, idempotency, persons, store, config });
    const inbox = await createInbox(ctx, { mongo });
    const parts = {
      config,
      mongo,
      store,
      secrets,
      keyring,
      outbox,
      idempotency,
      persons,
      facts,
      access: accessPort(ctx, { factsOf: ownFacts(facts) }),
      passwords: await createPasswords({
        concurrency: config.HASH_CONCURRENCY,
        queue: config.HASH_QUEUE,
        waitMs: config.HASH_WAIT_MS,
      }),
      loginLimit: createLoginLimit({ config, cache, key: secrets.lookupKey }),
    };
    const users = createUserAuth({ issuer: config.ISSUER, keys: verificationKeys(keyring) });
    consumeEvents(ctx, { amqp, handlers: visitHandlers(inbox, facts.visits) });
    return { router: identityRouter(parts, { users, services: createServiceAuth(ctx) }) };
  },
});
