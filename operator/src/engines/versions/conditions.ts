import { AT_ONCE, conditionType, WHEN_LASTING } from '../../runtime/status/reasons.ts';

const UPGRADE = 'docs/operations/upgrade.md';

export const VersionCurrent = conditionType({
  type: 'VersionCurrent',
  kinds: ['EncryptedStore', 'MessageBroker'],
  informs: true,
  hinders: true,
  meaning:
    'Whether every member or node runs the version that is wanted, and the data has its format. What runs serves on: it does not count for `Ready`, but for `Reconciling` and `Stalled`.',
  reasons: {
    Current: { status: 'True', meaning: 'Every one does.' },
    NotAsked: {
      needsPerson: false,
      status: 'Unknown',
      meaning: 'None has said yet what it runs. Another image of a store waits for that.',
    },
    Upgrading: {
      needsPerson: false,
      meaning:
        'Members or nodes are replaced one after the other, or MongoDB’s featureCompatibilityVersion is to be raised after the last of them.',
    },
    FormatNotRaised: {
      needsPerson: WHEN_LASTING,
      meaning:
        'MongoDB does not take its new featureCompatibilityVersion; the message has its words. It is tried again.',
      remedy: 'Mend what it says: mostly a member that is down.',
      page: UPGRADE,
    },
    VersionNotOffered: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning: 'The operator has no image of the version. What runs stays as it is.',
      remedy: 'Choose a version that the message names, or add it to the chart value `engines.versions`.',
      page: UPGRADE,
    },
    UpgradeRefused: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning: 'The engine cannot be taken to the version in one step. What runs stays as it is.',
      remedy: 'Go to the version that the message names first.',
      page: UPGRADE,
    },
    DowngradeRefused: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning: 'The version does not open the data, which a newer one has written. What runs stays as it is.',
      remedy: 'Take the version back to what runs.',
      page: UPGRADE,
    },
    FlagsPending: {
      needsPerson: WHEN_LASTING,
      meaning:
        'Feature flags of the RabbitMQ that runs are not enabled, without which the next version does not start.',
      remedy: '`FeatureFlagsEnabled` has the words of the broker for each.',
      page: UPGRADE,
    },
  },
});
