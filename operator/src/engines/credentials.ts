import { conditionType, WHEN_SETTLED } from '../runtime/status/reasons.ts';

export const CredentialsKept = conditionType({
  type: 'CredentialsKept',
  kinds: ['EncryptedStore', 'MessageBroker'],
  meaning:
    'Whether the Secrets are there that belong to the data on the volumes: MongoDB’s keyfile, the operator’s password, RabbitMQ’s Erlang cookie.',
  reasons: {
    Kept: { status: 'True', meaning: 'They are.' },
    SecretLost: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      meaning:
        'The Secret of a store, or both Secrets of a broker, are gone, and volumes that were made with them are there. Nothing is changed until one is back; what runs goes on.',
      remedy:
        'Restore a Secret that the message names. Annotate what is made by hand `careplane.dev/adopt=true`, so that the operator takes it over. Without a backup make it with new values (`keyfile`: 512 characters of base64; of a broker both Secrets, with `password` and `cookie`), annotate it, and delete all pods at once: data and messages are kept.',
      page: 'docs/operations/failure-modes.md',
    },
  },
});
