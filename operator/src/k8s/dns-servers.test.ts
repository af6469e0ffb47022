import { describe, expect, it } from '@jest/globals';
import { DEFAULT_DNS_SERVERS, dnsServersIn } from './dns-servers.ts';
import { nameResolution } from './network-policy.ts';

describe('DNS servers', () => {
  it.each([
    [
      'kube-system/k8s-app=kube-dns:53',
      { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, port: 53 },
    ],
    [
      'openshift-dns/dns.operator.openshift.io/daemonset-dns=default:5353',
      {
        namespace: 'openshift-dns',
        labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
        port: 5353,
      },
    ],
    ['169.254.20.10/32:53', { cidr: '169.254.20.10/32', port: 53 }],
    ['fd00::a/128:53', { cidr: 'fd00::a/128', port: 53 }],
  ])('are read from %s', (text, server) => {
    expect(dnsServersIn(text)).toEqual([server]);
  });

  it.each(['kube-dns', 'kube-system/kube-dns:53', '10.0.0.10', 'kube-system/k8s-app=kube-dns'])(
    'are not what %s says',
    (text) => {
      expect(() => dnsServersIn(text)).toThrow(text);
    },
  );

  it('are allowed in one rule for each port', () => {
    const rules = nameResolution(dnsServersIn(DEFAULT_DNS_SERVERS));
    expect(rules.map(({ ports }) => ports)).toEqual([
      [
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ],
      [
        { protocol: 'UDP', port: 5353 },
        { protocol: 'TCP', port: 5353 },
      ],
    ]);
    expect(rules[0]?.['to']).toContainEqual({ ipBlock: { cidr: '169.254.20.10/32' } });
    expect(rules[1]?.['to']).toEqual([
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-dns' } },
        podSelector: { matchLabels: { 'dns.operator.openshift.io/daemonset-dns': 'default' } },
      },
    ]);
  });
});
