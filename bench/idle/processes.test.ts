import { describe, expect, it } from '@jest/globals';
import { between, processOf, type ProcessCpu } from './processes.ts';

function stat(name: string, times: readonly number[], pid = 42, start = 900): string {
  const fields = ['S', 1, 1, 1, 0, -1, 0, 0, 0, 0, 0, ...times, 20, 0, 1, 0, start, 0];
  return `${pid} (${name}) ${fields.join(' ')}`;
}

describe('a process', () => {
  it('is told with its own time and that of its children, also with brackets in its name', () => {
    const cmdline = '/usr/bin/containerd-shim-runc-v2\0-id\0x\0';
    expect(processOf({ stat: stat('a) (b', [1, 2, 30, 40]), cmdline, environ: '' })).toEqual({
      id: '42 900',
      pid: 42,
      parent: 1,
      program: 'containerd-shim-runc-v2',
      ticks: 73,
    });
  });

  it.each([
    ['appointments-7d9f8b6c5d-x2x4z', 'node in appointments'],
    ['clinic-db-0', 'node in clinic-db'],
    ['identity', 'node in identity'],
  ])('of the pod %s is %s', (host, program) => {
    const environ = `HOSTNAME=${host}\0KUBERNETES_SERVICE_HOST=10.0.0.1\0`;
    expect(processOf({ stat: stat('node', [1, 0, 0, 0]), cmdline: 'node\0', environ })?.program).toBe(
      program,
    );
  });

  it('of the kernel is none', () => {
    expect(processOf({ stat: stat('kthreadd', [1, 1, 0, 0]), cmdline: '', environ: '' })).toBeUndefined();
  });
});

describe('what programs took', () => {
  const one = (pid: number, program: string, ticks: number, parent = 1): ProcessCpu => ({
    id: `${pid} 900`,
    pid,
    parent,
    program,
    ticks,
  });

  it('is the difference, the most first, and all of a process that began meanwhile', () => {
    const before = [one(1, 'etcd', 100)];
    const after = [one(1, 'etcd', 110), one(2, 'runc', 40), one(3, 'runc', 60)];
    expect(between(before, after, 10)).toEqual([
      { program: 'runc', processes: 2, milliseconds: 100 },
      { program: 'etcd', processes: 1, milliseconds: 10 },
    ]);
  });

  it('is at its ancestor for a process that ended meanwhile, without what it had before', () => {
    const before = [one(5, 'shim', 10), one(6, 'sh', 20, 5), one(7, 'probe', 30, 6)];
    expect(between(before, [one(5, 'shim', 63)], 1)).toEqual([
      { program: 'shim', processes: 1, milliseconds: 30 },
    ]);
  });
});
