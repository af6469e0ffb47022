import { describe, expect, it } from '@jest/globals';
import { containerResources } from './resources.ts';

const DEFAULTS = { cpuRequest: '20m', memoryRequest: '96Mi', memoryLimit: '256Mi' } as const;

describe('resources of a container', () => {
  it('are small when nothing is asked for', () => {
    expect(containerResources(undefined, DEFAULTS)).toEqual({
      requests: { cpu: '20m', memory: '96Mi' },
      limits: { memory: '256Mi' },
    });
  });

  it('raise the default limit to a larger request', () => {
    expect(containerResources({ requests: { memory: '1Gi' } }, DEFAULTS)).toMatchObject({
      requests: { memory: '1Gi' },
      limits: { memory: '1Gi' },
    });
  });

  it('lower the default request to a smaller limit', () => {
    expect(containerResources({ limits: { memory: '64Mi', cpu: '10m' } }, DEFAULTS)).toEqual({
      requests: { cpu: '10m', memory: '64Mi' },
      limits: { cpu: '10m', memory: '64Mi' },
    });
  });

  it('keep what is asked for, spelt as the API server spells it', () => {
    expect(
      containerResources(
        { requests: { cpu: 0.5, memory: '300Mi' }, limits: { cpu: '1000m', memory: '1024Mi' } },
        DEFAULTS,
      ),
    ).toEqual({ requests: { cpu: '500m', memory: '300Mi' }, limits: { cpu: '1', memory: '1Gi' } });
  });
});
