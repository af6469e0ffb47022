/** Where pods resolve names: pods of a namespace with a label, or addresses. */
export type DnsServer =
  { namespace: string; labels: Record<string, string>; port: number } | { cidr: string; port: number };

/**
 * What resolves names in the usual clusters, as a packet is seen that a pod has sent: at the pod that answers, after the
 * Service's address is replaced.
 *
 * - `k8s-app=kube-dns`: CoreDNS and kube-dns of kind, k3s, minikube, EKS, GKE and AKS
 * - `k8s-app=node-local-dns` and 169.254.20.10: NodeLocal DNSCache
 * - `openshift-dns`: OpenShift, whose pods listen at 5353
 * - 169.254.169.254: Cloud DNS of GKE
 */
export const DEFAULT_DNS_SERVERS = [
  'kube-system/k8s-app=kube-dns:53',
  'kube-system/k8s-app=node-local-dns:53',
  'openshift-dns/dns.operator.openshift.io/daemonset-dns=default:5353',
  '169.254.20.10/32:53',
  '169.254.169.254/32:53',
].join(',');

const PODS = /^(?<namespace>[a-z0-9-]+)\/(?<label>[\w./-]+)=(?<value>[\w.-]*):(?<port>\d+)$/;
const ADDRESSES = /^(?<cidr>[0-9a-f.:]+\/\d{1,3}):(?<port>\d+)$/;

/** Reads `namespace/label=value:port` and `address/bits:port`, separated by commas. @throws Error naming what it cannot read */
export function dnsServersIn(text: string): DnsServer[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => dnsServer(item));
}

/** {@link DEFAULT_DNS_SERVERS}, read. */
export const USUAL_DNS_SERVERS = dnsServersIn(DEFAULT_DNS_SERVERS);

function dnsServer(item: string): DnsServer {
  const { namespace, label, value, port } = PODS.exec(item)?.groups ?? {};
  if (namespace !== undefined && label !== undefined && value !== undefined)
    return { namespace, labels: { [label]: value }, port: Number(port) };
  const addresses = ADDRESSES.exec(item)?.groups;
  if (addresses?.['cidr'] === undefined) throw new Error(`no DNS server: ${item}`);
  return { cidr: addresses['cidr'], port: Number(addresses['port']) };
}
