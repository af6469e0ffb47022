import { Registry } from 'prom-client';
import { describe, expect, it } from '@jest/globals';
import type { Cache } from '../controller.ts';
import { clinics, type Clinic } from '../fixtures/clinic.ts';
import { ObjectGauges } from './object-gauges.ts';
import type { ObjectGauge } from './object-gauge.ts';

const rooms: ObjectGauge<Clinic> = {
  name: 'clinic_rooms',
  help: 'Rooms.',
  object: 'clinic',
  labels: ['size'],
  read: ({ spec }) => (spec.rooms ?? []).map((size, index) => ({ value: index + 1, labels: { size } })),
};

function aClinic(name: string, ...sizes: string[]): Clinic {
  const metadata = { name, namespace: 'town' };
  return { apiVersion: clinics.apiVersion, kind: 'Clinic', metadata, spec: { message: '', rooms: sizes } };
}

function cacheOf(...objects: Clinic[]): Pick<Cache, 'list'> {
  return { list: (type) => (type.kind === 'Clinic' ? (objects as never[]) : []) };
}

async function samples(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function gauges(): { registry: Registry; gauges: ObjectGauges } {
  const registry = new Registry();
  return { registry, gauges: new ObjectGauges(registry, [{ type: clinics, gauges: [rooms] }]) };
}

describe('gauges of objects', () => {
  it('have one series for each reading, named after the object', async () => {
    const { registry, gauges: all } = gauges();
    all.measure(cacheOf(aClinic('a', 'small', 'large'), aClinic('b')));
    expect(await samples(registry)).toEqual([
      'clinic_rooms{size="small",namespace="town",clinic="a"} 1',
      'clinic_rooms{size="large",namespace="town",clinic="a"} 2',
    ]);
  });

  it('forget an object that is gone, and what one says no more', async () => {
    const { registry, gauges: all } = gauges();
    all.measure(cacheOf(aClinic('a', 'small', 'large'), aClinic('b', 'small')));
    all.measure(cacheOf(aClinic('a', 'small')));
    expect(await samples(registry)).toEqual(['clinic_rooms{size="small",namespace="town",clinic="a"} 1']);
  });

  it('say nothing while another process leads', async () => {
    const { registry, gauges: all } = gauges();
    all.measure(cacheOf(aClinic('a', 'small')));
    all.measure(undefined);
    expect(await samples(registry)).toEqual([]);
  });
});
