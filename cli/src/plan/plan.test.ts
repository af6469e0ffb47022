import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '@careplane/operator/runtime/kube';
import { recordingTerminal } from '../fixtures/recording-terminal.ts';
import { declare, type Declarations } from './declare.ts';
import { declaredChanges, fieldChanges } from './field-changes.ts';
import { flatten } from './flatten.ts';
import { parseManifests, readManifests } from './manifests.ts';
import { environmentOf } from './operator-settings.ts';
import { labelSelector } from '@careplane/operator/webhooks/registration/label-selector';
import { renderPlan } from './render.ts';
import { matches } from './unwatched.ts';

const service = `apiVersion: careplane.dev/v1alpha1
kind: HealthcareService
metadata: { name: a }
spec: { image: a:1, role: api, dataClass: public, http: {} }
`;

function declareText(text: string): Declarations {
  return declare(parseManifests(text, 'f.yaml'), 'clinic');
}

describe('manifests', () => {
  it('are all documents of a file and all items of a List, each with file and line', () => {
    const text = `# first\n${service}---\n---\nkind: List\nitems: [{ kind: A }, { kind: B }]\n`;
    expect(parseManifests(text, 'f.yaml').map(({ source, object }) => [source, object['kind']])).toEqual([
      ['f.yaml:2', 'HealthcareService'],
      ['f.yaml:8', 'A'],
      ['f.yaml:8', 'B'],
    ]);
  });

  it('that cannot be read name the line', () => {
    expect(() => parseManifests('a: 1\nb: [1\n', 'f.yaml')).toThrow(/^f\.yaml:\d+: /);
    expect(() => parseManifests('just text', 'f.yaml')).toThrow('f.yaml:1: this is no Kubernetes object');
  });

  it('come from the standard input for -, and a path that is not there is said', async () => {
    expect(await readManifests(['-'], recordingTerminal({}, service))).toHaveLength(1);
    await expect(readManifests(['/nowhere/at-all.yaml'], recordingTerminal())).rejects.toThrow(
      'there is no /nowhere/at-all.yaml',
    );
  });
});

describe('declarations', () => {
  it('have the defaults of the schema and the namespace of the command', () => {
    const [declaration] = declareText(service).declared;
    expect(declaration?.object.metadata).toEqual({ name: 'a', namespace: 'clinic' });
    expect(declaration?.object.spec).toMatchObject({
      replicas: 1,
      http: { port: 8080 },
      enforcement: 'Enforce',
      rollout: { deadline: '5m' },
    });
  });

  it('name every bad field of every object by its path', () => {
    const bad = service
      .replace('role: api', 'role: boss, calls: [{ service: UPPER }], http: { prot: 1 }')
      .replace('http: {} ', '')
      .replace(', http: {}', '');
    const messages = (): unknown => declareText(`${bad}---\n${service.replace('name: a', 'name: A_b')}`);
    expect(messages).toThrow(/f\.yaml:1: HealthcareService a: spec\.role: /);
    expect(messages).toThrow(/spec\.calls\[0\]\.service: /);
    expect(messages).toThrow(/spec\.http\.prot: there is no such field; there are port/);
    expect(messages).toThrow(/HealthcareService A_b: metadata\.name: /);
  });

  it('refuse kinds and versions that there are not, and the same object twice', () => {
    expect(() => declareText(service.replace('v1alpha1', 'v9'))).toThrow(
      'there is no kind HealthcareService in careplane.dev/v9',
    );
    expect(() => declareText(`${service}---\n${service}`)).toThrow('is declared twice, first in f.yaml:1');
  });

  it('leave out what is not ours, and say so', () => {
    const { declared, ignored } = declareText(
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: clinic }\n',
    );
    expect(declared).toEqual([]);
    expect(ignored).toEqual(['Namespace clinic']);
  });
});

describe('paths of fields', () => {
  it('name items of lists by their key, and map keys that are no words in quotes', () => {
    const value = {
      spec: { env: [{ name: 'A', value: '1' }, { name: 'B' }], list: [1, 2], 'a.b/c': true, none: {} },
    };
    expect([...flatten(value)]).toEqual([
      ['spec.env[A].name', 'A'],
      ['spec.env[A].value', '1'],
      ['spec.env[B].name', 'B'],
      ['spec.list[0]', 1],
      ['spec.list[1]', 2],
      ['spec["a.b/c"]', true],
      ['spec.none', {}],
    ]);
  });

  it('fall back to positions where two items have the same key', () => {
    expect([...flatten([{ name: 'a' }, { name: 'a' }]).keys()]).toEqual(['[0].name', '[1].name']);
  });
});

function aDeployment(spec: object, fieldsV1?: Record<string, unknown>): KubeObject {
  const managed = { manager: 'careplane', operation: 'Apply', fieldsV1 };
  const metadata = { name: 'a', ...(fieldsV1 === undefined ? {} : { managedFields: [managed] }) };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec } as KubeObject;
}

describe('changes of a child', () => {
  it('are what differs of what is named; what others set or the API server fills in is left alone', () => {
    const live = aDeployment(
      { replicas: 1, paused: true, strategy: { type: 'RollingUpdate' } },
      { 'f:spec': { 'f:replicas': {} } },
    );
    expect(fieldChanges(live, aDeployment({ replicas: 2 }))).toEqual([
      { path: 'spec.replicas', from: 1, to: 2 },
    ]);
  });

  it('are also what we applied and name no more', () => {
    const env = [
      { name: 'OLD', value: 'x' },
      { name: 'THEIRS', value: 'y' },
    ];
    const owned = { 'f:spec': { 'f:env': { 'k:{"name":"OLD"}': { '.': {}, 'f:name': {}, 'f:value': {} } } } };
    expect(fieldChanges(aDeployment({ env }, owned), aDeployment({}))).toEqual([
      { path: 'spec.env[OLD].name', from: 'OLD' },
      { path: 'spec.env[OLD].value', from: 'x' },
    ]);
  });

  it('do not count defaults inside of what is owned as a whole', () => {
    const live = aDeployment({ ref: { fieldPath: 'p', apiVersion: 'v1' } }, { 'f:spec': { 'f:ref': {} } });
    expect(fieldChanges(live, aDeployment({ ref: { fieldPath: 'p' } }))).toEqual([]);
    expect(fieldChanges(live, aDeployment({}))).toEqual([
      { path: 'spec.ref', from: '{"fieldPath":"p","apiVersion":"v1"}' },
    ]);
  });

  it('of a Secret name the keys and hide every value', () => {
    const secret = (data: object): KubeObject =>
      ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data }) as KubeObject;
    const changes = fieldChanges(secret({ a: 'b2xk' }), secret({ a: 'bmV3', b: 'eHh4' }));
    expect(changes).toEqual([
      { path: 'data.a', from: '(secret)', to: '(secret)' },
      { path: 'data.b', to: '(secret)' },
    ]);
  });
});

describe('changes of what is declared', () => {
  it('are of the whole spec: what the file leaves out goes', () => {
    const live = aDeployment({ replicas: 2, config: { A: '1' }, empty: {} });
    expect(declaredChanges(live, aDeployment({ replicas: 3 }))).toEqual([
      { path: 'spec.config.A', from: '1' },
      { path: 'spec.replicas', from: 2, to: 3 },
    ]);
  });
});

const NOTHING = { changes: [], warnings: [], refused: [], failed: [] };

describe('a plan for people', () => {
  const change = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'clinic',
    name: 'a',
    by: 'HealthcareService a',
  };

  it('has a sign for each object, old and new values, whose pods are replaced, and a sum', () => {
    const text = renderPlan(
      {
        changes: [
          {
            ...change,
            action: 'change',
            fields: [
              { path: 'spec.template.x', from: 1, to: '' },
              { path: 'spec.y', from: true },
            ],
          },
          { ...change, kind: 'Service', action: 'create', fields: [{ path: 'spec.z', to: 1 }] },
          { ...change, kind: 'ConfigMap', action: 'delete', fields: [] },
        ],
        warnings: ['careful'],
        refused: [],
        failed: [],
      },
      { details: false, colour: false },
    );
    expect(text).toBe(`clinic
  ~ Deployment a  (HealthcareService a; replaces its pods)
      ~ spec.template.x: 1 -> ""
      - spec.y: true
  + Service a  (HealthcareService a)
  - ConfigMap a  (HealthcareService a)

warning: careful

Plan: 1 to create, 1 to change, 1 to delete. Nothing was written.
`);
  });

  it('shows of two long texts what is around their first difference', () => {
    const before = `${'same '.repeat(30)}old${' tail'.repeat(30)}`;
    const fields = [{ path: 'data.x', from: before, to: before.replace('old', 'new') }];
    const text = renderPlan(
      { ...NOTHING, changes: [{ ...change, action: 'change', fields }] },
      { details: false, colour: false },
    );
    expect(text).toMatch(/~ data\.x: …same same same same old tail.* -> …same same same same new tail/);
  });

  it('says when there is nothing to do', () => {
    expect(renderPlan(NOTHING, { details: false, colour: true })).toBe(
      'No changes: the cluster is as declared.\n',
    );
  });
});

describe('a plan that is not whole', () => {
  const plain = { details: false, colour: false };

  it('says what failed and never that nothing changes', () => {
    expect(renderPlan({ ...NOTHING, failed: ['A a: why'] }, plain)).toBe(
      'failed: A a: why\n\nThe plan is not whole: see what failed. Nothing was written.\n',
    );
  });

  it('says what would be refused', () => {
    expect(renderPlan({ ...NOTHING, refused: ['A a: why'] }, plain)).toBe(
      'refused: A a: why\n\nApplying this would be refused. Nothing was written.\n',
    );
  });
});

describe('the selector of a shard', () => {
  it.each([
    ['a=b', true],
    ['a!=b', false],
    ['a in (b,c)', true],
    ['a notin (b)', false],
    ['x notin (b)', true],
    ['a,!x', true],
    ['x', false],
    ['!a', false],
  ])('%s', (selector, expected) => {
    expect(matches(labelSelector(selector), { a: 'b' })).toBe(expected);
  });
});

describe("the operator's settings", () => {
  it('are read from its flags and variables, references expanded', () => {
    const environment = environmentOf(
      {
        args: ['--lease-namespace=$(POD_NAMESPACE)', '--redis-image', 'r:1', '--port=9090'],
        env: [{ name: 'CAREPLANE_LOG_LEVEL', value: 'debug' }, { name: 'POD_NAME' }],
      },
      'careplane-system',
    );
    expect(environment).toMatchObject({
      CAREPLANE_LEASE_NAMESPACE: 'careplane-system',
      CAREPLANE_REDIS_IMAGE: 'r:1',
      CAREPLANE_PORT: '9090',
      CAREPLANE_LOG_LEVEL: 'debug',
    });
  });
});
