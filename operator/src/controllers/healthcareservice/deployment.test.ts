import { describe, expect, it } from '@jest/globals';
import { deployment, isOfRevision } from './deployment.ts';
import type { Deployment } from './kubernetes.ts';
import { aBroker, aService, aSight, aStore } from './fixtures/objects.ts';
import { resolveEdges } from './edges.ts';
import type { HealthcareServiceSpec } from '../../api/healthcareservice.ts';
import type { Observed } from './observed.ts';

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

function build(spec: Partial<HealthcareServiceSpec>, changes: Partial<Observed> = {}, replicas = 1): Built {
  const service = aService('notifications', spec);
  const edges = resolveEdges(service, aSight(service, changes));
  return deployment(service, edges, { replicas, imagePullPolicy: 'IfNotPresent' }) as unknown as Built;
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
      ADMIN_PORT: '9090',
      SERVICE_BINDING_ROOT: '/bindings',
      CALLS_IDENTITY_URL: 'http://identity.clinic.svc:8080',
      CALLS_MAIL_SINK_SMTP_URL: 'tcp://mail-sink.clinic.svc:1025',
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

  it('projects a token for the audience of internal calls', () => {
    const { volumes } = build({}).spec.template.spec;
    const internal = volumes.find(({ name }) => name === 'binding-internal')?.projected?.sources;
    expect(internal?.[0]?.['serviceAccountToken']).toMatchObject({
      audience: 'careplane.dev/internal',
      path: 'token',
    });
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
    const built = deployment(service, resolveEdges(service, aSight(service)), {
      replicas: 1,
      imagePullPolicy: 'Always',
    }) as unknown as Built;
    const [container] = built.spec.template.spec.containers;
    expect(container.ports.map(({ name }) => name)).toEqual(['metrics']);
    expect(container.env.map(({ name }) => name)).not.toContain('PORT');
  });

  it('counts the rollout deadline in seconds', () => {
    expect(build({ rollout: { deadline: '5m' } }).spec.progressDeadlineSeconds).toBe(300);
  });

  it('is of another revision when the configuration changes, of the same when the replicas do', () => {
    const first = build({ config: { A: '1' } }) as unknown as Deployment;
    const scaled = build({ config: { A: '1' } }, {}, 3) as unknown as Parameters<typeof isOfRevision>[1];
    const changed = build({ config: { A: '2' } }) as unknown as Parameters<typeof isOfRevision>[1];
    expect(isOfRevision(first, scaled)).toBe(true);
    expect(isOfRevision(first, changed)).toBe(false);
  });

  it('does not roll when a caller comes or a credential rotates: those are files', () => {
    const service = aService('identity');
    const caller = aService('other', { calls: [{ service: 'identity', port: 'http' }] });
    const choices = { replicas: 1, imagePullPolicy: 'IfNotPresent' };
    const alone = deployment(service, resolveEdges(service, aSight(service)), choices);
    const called = deployment(
      service,
      resolveEdges(service, aSight(service, { services: [service, caller] })),
      choices,
    );
    expect(called).toEqual(alone);
  });
});
