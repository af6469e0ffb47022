import { describe, expect, it } from '@jest/globals';
import { schedulingOf } from './scheduling.ts';

const SELECTOR = { 'careplane.dev/store': 'db' };

describe('where pods run', () => {
  it('is spread over nodes and zones where nothing is said', () => {
    const { topologySpreadConstraints, ...rest } = schedulingOf({}, SELECTOR);
    expect(rest).toEqual({});
    expect(topologySpreadConstraints).toEqual(
      ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: SELECTOR },
      })),
    );
  });

  it('is what is asked for, with the own pods counted', () => {
    const asked = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'dedicated', operator: 'Exists' as const }],
      affinity: { podAntiAffinity: {} },
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' as const },
      ],
    };
    const {
      topologySpreadConstraints: [spread],
      ...others
    } = asked;
    expect(schedulingOf(asked, SELECTOR, { matchLabelKeys: ['pod-template-hash'] })).toEqual({
      ...others,
      topologySpreadConstraints: [
        { ...spread, labelSelector: { matchLabels: SELECTOR }, matchLabelKeys: ['pod-template-hash'] },
      ],
    });
  });
});
