import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runLua } from '@careplane/testing';
import { parse } from 'yaml';
import { kinds } from '../../operator/src/api/kinds.ts';
import { argocdConfig } from './argocd.ts';

const ROOT = join(import.meta.dirname, '../..');
const lua = (path: string): string => join(ROOT, 'integrations/argocd', path);

interface Seen {
  kind?: string;
  annotations?: Record<string, string>;
  deletionTimestamp?: string;
  generation?: number;
  status?: object;
}

function object({ kind = 'HealthcareService', status, ...metadata }: Seen): object {
  return {
    apiVersion: 'careplane.dev/v1alpha1',
    kind,
    metadata: { name: 'a', generation: 2, ...metadata },
    spec: { replicas: 3 },
    ...(status === undefined ? {} : { status }),
  };
}

const condition = (type: string, status: string, reason: string, message = ''): object => ({
  type,
  status,
  reason,
  message,
});
const READY = condition('Ready', 'True', 'Ready', 'everything is as declared');
const NOT_READY = condition('Ready', 'False', 'ImagePullFailed', 'pod a: cannot be pulled');
const saying = (...conditions: object[]): object => ({ observedGeneration: 2, conditions });

describe('the health of an object in Argo CD', () => {
  const answers = (seen: Seen[]): unknown[] => runLua(lua('health.lua'), seen.map(object));

  it('is told by Stalled, Reconciling and Ready, of the newest generation only', () => {
    const cases: [Seen, string, string][] = [
      [{}, 'Progressing', 'the operator has not looked at the newest version yet'],
      [
        { status: { observedGeneration: -1 } },
        'Progressing',
        'the operator has not looked at the newest version yet',
      ],
      [
        { status: { observedGeneration: 1, conditions: [READY] } },
        'Progressing',
        'the operator has not looked at the newest version yet',
      ],
      [{ status: { observedGeneration: 2 } }, 'Progressing', 'the operator has not judged it yet'],
      [{ status: saying(READY) }, 'Healthy', 'everything is as declared'],
      [
        { status: saying(READY, condition('Reconciling', 'True', 'Replacing', '1 of 3')) },
        'Progressing',
        'Replacing: 1 of 3',
      ],
      [
        { status: saying(NOT_READY, condition('Stalled', 'True', 'ImagePullFailed', 'no image')) },
        'Degraded',
        'ImagePullFailed: no image',
      ],
      [
        { status: saying(NOT_READY, condition('Stalled', 'False', 'X')) },
        'Progressing',
        'ImagePullFailed: pod a: cannot be pulled',
      ],
      [
        { deletionTimestamp: '2026-01-01T00:00:00Z', status: saying(READY) },
        'Progressing',
        'it is being deleted',
      ],
      [
        { annotations: { 'careplane.dev/paused': 'true' }, status: saying(READY) },
        'Suspended',
        'nothing is written while the annotation careplane.dev/paused is "true"',
      ],
    ];
    const wanted = cases.map(([, status, message]) => ({ status, message }));
    expect(answers(cases.map(([seen]) => seen))).toEqual(wanted);
  });
});

describe('the actions in Argo CD', () => {
  const act = (
    name: string,
    seen: Seen,
  ): { metadata: { annotations?: Record<string, string> }; spec: object } =>
    runLua(lua(`actions/${name}.lua`), [object(seen)])[0] as ReturnType<typeof act>;

  it('are offered where they do something', () => {
    const offered = (seen: Seen): Record<string, { disabled: boolean }> =>
      runLua(lua('actions/discovery.lua'), [object(seen)])[0] as ReturnType<typeof offered>;
    const enabled = (seen: Seen): string[] =>
      Object.entries(offered(seen))
        .filter(([, { disabled }]) => !disabled)
        .map(([name]) => name)
        .sort();
    expect(enabled({})).toEqual(['pause']);
    expect(enabled({ annotations: { 'careplane.dev/paused': 'true' } })).toEqual(['resume']);
    expect(enabled({ annotations: { 'careplane.dev/rollback-to': 'x' } })).toEqual(['pause', 'unpin']);
    expect(enabled({ status: { rollout: { failed: { revision: 'x' } } } })).toEqual(['pause', 'retry']);
    expect(Object.keys(offered({ kind: 'EncryptedStore' })).sort()).toEqual(['pause', 'resume']);
  });

  it('change annotations, and nothing of the spec', () => {
    const annotations = { mine: 'yes', 'careplane.dev/paused': 'true', 'careplane.dev/rollback-to': 'x' };
    expect(act('pause', {}).metadata.annotations).toEqual({ 'careplane.dev/paused': 'true' });
    expect(act('resume', { annotations }).metadata.annotations).toEqual({
      mine: 'yes',
      'careplane.dev/rollback-to': 'x',
    });
    expect(act('unpin', { annotations }).metadata.annotations).toEqual({
      mine: 'yes',
      'careplane.dev/paused': 'true',
    });
    expect(act('retry', {}).metadata.annotations?.['careplane.dev/retry']).toMatch(/^\d{4}-\d\d-\d\dT/);
    for (const name of ['pause', 'resume', 'unpin', 'retry'])
      expect(act(name, {}).spec).toEqual({ replicas: 3 });
  });
});

describe('the patch of argocd-cm', () => {
  it('has health and actions of every kind, with scripts that are those that were tried', () => {
    const { data } = parse(argocdConfig(ROOT)) as { data: Record<string, string> };
    for (const { kind } of kinds) {
      expect(data[`resource.customizations.health.careplane.dev_${kind}`]).toBe(
        readFileSync(lua('health.lua'), 'utf8'),
      );
      const actions = parse(data[`resource.customizations.actions.careplane.dev_${kind}`] ?? '') as {
        'discovery.lua': string;
        definitions: { name: string; 'action.lua': string }[];
      };
      expect(actions['discovery.lua']).toBe(readFileSync(lua('actions/discovery.lua'), 'utf8'));
      for (const { name, 'action.lua': script } of actions.definitions)
        expect(script).toBe(readFileSync(lua(`actions/${name}.lua`), 'utf8'));
    }
  });
});
