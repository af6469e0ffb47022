import { describe, expect, it } from '@jest/globals';
import { deployment } from './deployment.ts';
import { podTemplate, SECRETS_ANNOTATION, type PodChoices } from './pod-template.ts';
import type { PodTemplate } from '../../../k8s/types.ts';
import { revisionOf } from '../rollout/revision.ts';
import { aBroker, aService, aStore, edgesOf, type Facts } from '../fixtures/objects.ts';
import type { HealthcareService, HealthcareServiceSpec } from '../../../api/healthcareservice.ts';

interface Container {
  env: { name: string; value?: string }[];
  ports: { name: string; containerPort: number }[];
  volumeMounts: { name: string; mountPath: string }[];
  resources: unknown;
  securityContext: unknown;
}
interface Volume {
  name: string;
  projected?: { sources: Record<string, { name?: string; items?: unknown; audience?: string }>[] };
}
interface Built {
  spec: {
    replicas: number;
    progressDeadlineSeconds: number;
    template: { spec: { containers: [Container]; volumes: Volume[]; securityContext: unknown } };
  };
}

const CHOICES: PodChoices = {
  imagePullPolicy: 'IfNotPresent',
  priorityClassPrefix: '',
  secretsFingerprint: undefined,
};

function pods(
  service: HealthcareService,
  changes: Partial<Facts> = {},
  choices: Partial<PodChoices> = {},
): PodTemplate {
  return podTemplate(service, edgesOf(service, changes), { ...CHOICES, ...choices });
}

function build(spec: Partial<HealthcareServiceSpec>, changes: Partial<Facts> = {}, replicas = 1): Built {
  const service = aService('notifications', spec);
  return deployment(service, pods(service, changes), replicas) as unknown as Built;
}

describe('Deployment of a service', () => {
  it('gives the container the environment of the contract', () => {
    const identity = aService('identity');
    const sink = aService('mail-sink', { ports: [{ name: 'smtp', port: 1025 }] });
    const { env } = build(
      {
        calls: [
          { service: 'identity', port: 'http' },
          { service: 'mail-sink', port: 'smtp' },
        ],
        config: { MAIL_FROM: 'clinic@careplane.example' },
      },
      { services: [identity, sink] },
    ).spec.template.spec.containers[0];
    expect(Object.fromEntries(env.map(({ name, value }) => [name, value]))).toEqual({
      CAREPLANE_SERVICE: 'notifications',
      CAREPLANE_NAMESPACE: 'clinic',
      CAREPLANE_VERSION: '0.1.0',
      POD_NAME: undefined,
      PORT: '8080',
      CAREPLANE_TLS_HTTP: 'Mutual',
      ADMIN_PORT: '9090',
      SERVICE_BINDING_ROOT: '/bindings',
      SHUTDOWN_DELAY_MS: '3000',
      CALLS_IDENTITY_URL: 'https://identity.clinic.svc:8080',
      CALLS_MAIL_SINK_SMTP_URL: 'tls://mail-sink.clinic.svc:1025',
      MAIL_FROM: 'clinic@careplane.example',
    });
  });

  it('mounts each binding of the contract in its own folder', () => {
    const { containers, volumes } = build(
      {
        role: 'gateway',
        stores: [{ store: 'clinic-db' }],
        consumes: [{ event: 'a.b' }],
        secrets: [{ name: 'keys' }],
      },
      { stores: [aStore('clinic-db')], brokers: [aBroker('rabbit')] },
    ).spec.template.spec;
    expect(containers[0].volumeMounts.map(({ mountPath }) => mountPath)).toEqual([
      '/tmp',
      '/bindings/internal',
      '/bindings/routes',
      '/bindings/clinic-db',
      '/bindings/rabbit',
      '/bindings/keys',
    ]);
    const secretOf = (name: string): string | undefined =>
      volumes.find((volume) => volume.name === `binding-${name}`)?.projected?.sources[0]?.['secret']?.name;
    expect(['clinic-db', 'rabbit', 'keys'].map(secretOf)).toEqual([
      'notifications.clinic-db',
      'notifications.rabbit',
      'keys',
    ]);
  });

  it('mounts the certificate of the service beside its callers, and no token', () => {
    const { volumes } = build({}).spec.template.spec;
    const internal = volumes.find(({ name }) => name === 'binding-internal')?.projected?.sources;
    expect(internal?.[0]?.['secret']).toMatchObject({ name: 'notifications.internal' });
    expect(JSON.stringify(volumes)).not.toContain('serviceAccountToken');
  });

  it('tells each port who is let in: callers with a certificate, the world where it is exposed, anybody in plaintext', () => {
    const tlsOf = (spec: Partial<HealthcareServiceSpec>): Record<string, string | undefined> => {
      const { env } = build(spec).spec.template.spec.containers[0];
      const ours = env.filter(({ name }) => name.startsWith('CAREPLANE_TLS_'));
      return Object.fromEntries(ours.map(({ name, value }) => [name, value]));
    };
    expect(tlsOf({ ports: [{ name: 'mail-in', port: 25 }] })).toEqual({
      CAREPLANE_TLS_HTTP: 'Mutual',
      CAREPLANE_TLS_MAIL_IN: 'Mutual',
    });
    const exposed = { port: 8080, expose: { type: 'ClusterIP' as const } };
    expect(tlsOf({ role: 'gateway', http: exposed })).toEqual({ CAREPLANE_TLS_HTTP: 'Public' });
    const mode = 'Plaintext' as const;
    expect(tlsOf({ http: { port: 8080, tls: { mode } } })).toEqual({ CAREPLANE_TLS_HTTP: 'Plaintext' });
  });

  it('mounts the certificate for the world as optional, and only where one is named', () => {
    const tls = { mode: 'Required' as const, secretName: 'from-cert-manager' };
    const http = { port: 8080, expose: { type: 'ClusterIP' as const }, tls };
    const { volumes } = build({ role: 'gateway', http }).spec.template.spec;
    const outside = volumes.find(({ name }) => name === 'binding-public')?.projected?.sources;
    expect(outside?.[0]?.['secret']).toMatchObject({ name: 'from-cert-manager', optional: true });
    expect(build({}).spec.template.spec.volumes.map(({ name }) => name)).not.toContain('binding-public');
  });

  it('passes PodSecurity restricted', () => {
    const { containers, securityContext } = build({}).spec.template.spec;
    expect(securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('gives a worker without http neither PORT nor an http port', () => {
    const service = aService('worker', { role: 'worker' });
    delete service.spec.http;
    const built = deployment(service, pods(service), 1) as unknown as Built;
    const [container] = built.spec.template.spec.containers;
    expect(container.ports.map(({ name }) => name)).toEqual(['metrics']);
    expect(container.env.map(({ name }) => name)).not.toContain('PORT');
  });

  it('counts the rollout deadline in seconds', () => {
    expect(build({ rollout: { deadline: '5m', automaticRollback: true } }).spec.progressDeadlineSeconds).toBe(
      300,
    );
  });

  it('is of another revision when the configuration changes, and has its hash on the pods', () => {
    const hashOf = (config: Record<string, string>): string =>
      revisionOf(pods(aService('a', { config }))).hash;
    expect(hashOf({ A: '1', B: '2' })).toBe(hashOf({ B: '2', A: '1' }));
    expect(hashOf({ A: '2' })).not.toBe(hashOf({ A: '1' }));
    const revision = revisionOf(pods(aService('a')));
    expect(revision.template.metadata.labels?.['careplane.dev/revision']).toBe(revision.hash);
  });

  it('is of the same revision in whatever order calls, stores, secrets and ports are written', () => {
    const spec = {
      calls: [
        { service: 'identity', port: 'http' },
        { service: 'identity', port: 'admin' },
        { service: 'absent', port: 'http' },
      ],
      stores: [{ store: 'b' }, { store: 'a' }],
      secrets: [{ name: 'y' }, { name: 'x' }],
      ports: [
        { name: 'smtp', port: 25 },
        { name: 'imap', port: 143 },
      ],
    };
    const reversed = Object.fromEntries(
      Object.entries(spec).map(([field, list]) => [field, list.toReversed()]),
    );
    const facts = {
      services: [aService('identity', { ports: [{ name: 'admin', port: 1 }] })],
      stores: [aStore('a'), aStore('b')],
    };
    expect(pods(aService('a', reversed), facts)).toEqual(pods(aService('a', spec), facts));
  });

  it('does not roll when a caller comes or a credential rotates: those are files', () => {
    const service = aService('identity');
    const caller = aService('other', { calls: [{ service: 'identity', port: 'http' }] });
    expect(pods(service, { services: [service, caller] })).toEqual(pods(service));
  });

  it('rolls when a Secret of its own has other contents', () => {
    const service = aService('a', { secrets: [{ name: 'keys' }] });
    const before = pods(service, {}, { secretsFingerprint: 'x' });
    expect(before.metadata.annotations).toEqual({ [SECRETS_ANNOTATION]: 'x' });
    expect(revisionOf(pods(service, {}, { secretsFingerprint: 'y' })).hash).not.toBe(revisionOf(before).hash);
  });

  it('has the priority class of its role where the cluster has such classes', () => {
    const service = aService('a', { role: 'gateway' });
    expect(pods(service).spec['priorityClassName']).toBeUndefined();
    expect(pods(service, {}, { priorityClassPrefix: 'careplane-' }).spec['priorityClassName']).toBe(
      'careplane-gateway',
    );
  });

  it('lets endpoints get around before a pod hears of its end, and gives it longer than it takes to drain', () => {
    const { spec } = pods(aService('a'));
    expect(spec.containers[0]).toMatchObject({ lifecycle: { preStop: { sleep: { seconds: 5 } } } });
    expect(spec).toMatchObject({ terminationGracePeriodSeconds: 47 });
    const worker = aService('worker', { role: 'worker' });
    delete worker.spec.http;
    expect(pods(worker).spec.containers[0]).not.toHaveProperty('lifecycle');
  });

  it('is probed where the kit answers: its start and its event loop by /livez, its readiness by /readyz', () => {
    const [container] = pods(aService('a')).spec.containers;
    const at = (path: string): object => ({ httpGet: { path, port: 'metrics' } });
    expect(container).toMatchObject({
      startupProbe: at('/livez'),
      livenessProbe: at('/livez'),
      readinessProbe: at('/readyz'),
    });
    expect(container?.ports).toContainEqual({ name: 'metrics', containerPort: 9090, protocol: 'TCP' });
  });

  it('has a new pod up before an old one goes', () => {
    expect(build({}).spec).toMatchObject({
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    });
  });

  it('spreads the pods of each version over nodes and zones, without ever keeping one from a place', () => {
    const { spec } = pods(aService('a'));
    expect(spec['topologySpreadConstraints']).toEqual(
      ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { 'careplane.dev/service': 'a' } },
        matchLabelKeys: ['pod-template-hash'],
      })),
    );
  });

  it('keeps the end of a failing container’s log in its status', () => {
    expect(build({}).spec.template.spec.containers[0]).toMatchObject({
      terminationMessagePolicy: 'FallbackToLogsOnError',
    });
  });
});
