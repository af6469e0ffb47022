// Run by `helm test` inside the cluster, with the operator's image. Fails on the first thing that is not as it must be.
import { readFile } from 'node:fs/promises';

const KINDS = ['EncryptedStore', 'HealthcareService', 'MessageBroker', 'ObservabilityStack', 'ScalingPolicy'];
const TIMEOUT_MS = 10_000;

async function get(url, headers = {}) {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const body = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${body}`);
  return body;
}

await get('http://careplane-operator:9090/readyz');
console.log('the operator is ready');

const token = await readFile('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8');
const discovery = JSON.parse(
  await get('https://kubernetes.default.svc/apis/careplane.dev/v1alpha1', {
    authorization: `Bearer ${token}`,
  }),
);
const served = new Set(discovery.resources.map(({ kind }) => kind));
const missing = KINDS.filter((kind) => !served.has(kind));
if (missing.length > 0) throw new Error(`the API server does not serve ${missing.join(', ')}`);
console.log(`the API server serves ${KINDS.join(', ')}`);
