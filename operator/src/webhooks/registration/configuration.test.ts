import { describe, expect, it } from '@jest/globals';
import { kinds } from '../../api/kinds.ts';
import { conversionByWebhook, webhookConfiguration, type Registration } from './configuration.ts';
import { labelSelector } from './label-selector.ts';

const service = { namespace: 'careplane-system', name: 'careplane-webhook' };

const webhooksOf = (changes: Partial<Registration> = {}, isReached = true): Record<string, unknown>[] => {
  const registration = {
    name: 'x',
    address: { service },
    bundle: 'PEM',
    username: 'me',
    namespace: 'careplane-system',
    namespaces: [],
    ...changes,
  };
  const { webhooks } = webhookConfiguration(registration, { isReached }) as unknown as {
    webhooks: Record<string, unknown>[];
  };
  return webhooks;
};

const webhookOf = (changes: Partial<Registration> = {}): Record<string, unknown> =>
  webhooksOf(changes)[0] ?? {};

describe('the webhook that is registered', () => {
  it('is fail-closed for the five kinds, and is asked about nothing else', () => {
    expect(webhookOf()).toMatchObject({ failurePolicy: 'Fail', sideEffects: 'None', timeoutSeconds: 5 });
    const rules = webhookOf()['rules'] as {
      apiGroups: string[];
      operations: string[];
      resources: string[];
    }[];
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({ apiGroups: ['careplane.dev'], operations: ['CREATE', 'UPDATE'] });
    expect(rules[0]?.resources).toEqual(kinds.map(({ plural }) => plural));
    expect(rules[0]?.resources.filter((resource) => /[*/]/.test(resource))).toEqual([]);
  });

  it.each([
    ['everything', {}, {}],
    [
      'the watched namespaces',
      { namespaces: ['b', 'a'] },
      { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['a', 'b'] }] },
    ],
    [
      "a shard's namespaces",
      { namespaceSelector: 'shard=north' },
      { matchExpressions: [{ key: 'shard', operator: 'In', values: ['north'] }] },
    ],
  ])('is asked about %s', (_, changes, selector) => {
    expect(webhookOf(changes)['namespaceSelector']).toEqual(selector);
  });

  it('is found by its Service, with the authorities in base64', () => {
    expect(webhookOf()['clientConfig']).toEqual({
      service: { ...service, path: '/validate', port: 443 },
      caBundle: Buffer.from('PEM').toString('base64'),
    });
    expect(conversionByWebhook({ url: 'https://127.0.0.1:1' })).toEqual({
      strategy: 'Webhook',
      webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://127.0.0.1:1/convert' } },
    });
  });
});

describe('the probe', () => {
  it('stays alone while the API server does not reach the webhooks', () => {
    expect(webhooksOf({}, true).map(({ name }) => name)).toEqual([
      'validate.careplane.dev',
      'probe.careplane.dev',
    ]);
    expect(webhooksOf({}, false).map(({ name }) => name)).toEqual(['probe.careplane.dev']);
  });

  it('is asked about one object of the operator alone, in its own namespace', () => {
    expect(webhooksOf()[1]).toMatchObject({
      failurePolicy: 'Fail',
      objectSelector: { matchLabels: { 'careplane.dev/webhook-probe': 'x' } },
      namespaceSelector: {
        matchExpressions: [
          { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['careplane-system'] },
        ],
      },
      matchConditions: [{ expression: 'request.userInfo.username == "me"' }],
    });
  });
});

it('a label selector means the same as text and as an object', () => {
  expect(labelSelector('a, !b,c=d,e==f, g != h,i in (j, k),x/l notin (m)').matchExpressions).toEqual([
    { key: 'a', operator: 'Exists' },
    { key: 'b', operator: 'DoesNotExist' },
    { key: 'c', operator: 'In', values: ['d'] },
    { key: 'e', operator: 'In', values: ['f'] },
    { key: 'g', operator: 'NotIn', values: ['h'] },
    { key: 'i', operator: 'In', values: ['j', 'k'] },
    { key: 'x/l', operator: 'NotIn', values: ['m'] },
  ]);
});
