import { describe, expect, it } from '@jest/globals';
import { aPolicy, aService } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { brief, onlyThese } from '../fixtures/other-objects.ts';
import { scalingTarget } from './scaling-target.ts';

const consumer = aService('mails', { consumes: [{ event: 'a.b' }] });

describe('scalingTarget', () => {
  it('refuses a second policy for one service, naming the first', () => {
    const first = aPolicy('mails');
    const second = { ...aPolicy('mails'), metadata: { name: 'second', namespace: 'clinic' } };
    const found = scalingTarget(second, onlyThese({ services: [consumer], policies: [first] }));
    expect(found).toMatchObject([{ effect: 'refuse', field: 'spec.target.service' }]);
    expect(found[0]?.message).toContain('ScalingPolicy mails');
  });

  it('lets policies of other services be', () => {
    const there = onlyThese({ services: [consumer], policies: [aPolicy('other')] });
    expect(scalingTarget(aPolicy('mails'), there)).toEqual([]);
  });

  it('warns of a target that is not there, of one without a queue, and of a foreign autoscaler', () => {
    expect(brief(scalingTarget(aPolicy('mails'), onlyThese()))).toEqual(['warn spec.target.service']);
    const idle = onlyThese({ services: [aService('mails')] });
    expect(brief(scalingTarget(aPolicy('mails'), idle))).toEqual(['warn spec.queue']);
    const autoscaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'hpa', namespace: 'clinic' },
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'mails' } },
    };
    const there = onlyThese({ services: [consumer], autoscalers: [autoscaler] });
    expect(brief(scalingTarget(aPolicy('mails'), there))).toEqual(['warn spec.target.service']);
  });
});
