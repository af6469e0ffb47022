import { describe, expect, it } from '@jest/globals';
import { startedBy } from './words.ts';

describe('startedBy', () => {
  it.each([
    ['exec -a name prog arg', 'prog arg'],
    ['exec {out} prog', 'prog'],
    ['env LANG=C -u HOME prog', 'prog'],
    ['timeout --signal=TERM -k 5 90m make test', 'make test'],
    ['setpriv --pdeathsig KILL etcd', 'etcd'],
    ['nsenter --net=/run/netns/x -t 1 ip link', 'ip link'],
    ['unshare --mount --propagation slave prog', 'prog'],
    ['xargs -n 1 -- shellcheck -x', 'shellcheck -x'],
    ['step name prog', 'prog'],
    ['wait_until 5 what kubectl get', 'kubectl get'],
    ['find . -name x -exec rm -rf {} +', 'rm -rf {} +'],
    ['find . -name x', ''],
  ])('of "%s" is "%s"', (given, started) => {
    expect((startedBy(given.split(' ')).command ?? []).join(' ')).toBe(started);
  });

  it('of a shell and of a trap is the text that they run', () => {
    expect(startedBy(['bash', '-euc', 'ls | wc', 'name'])).toEqual({ script: 'ls | wc' });
    expect(startedBy(['trap', 'rm -rf x', 'EXIT'])).toEqual({ script: 'rm -rf x' });
  });

  it.each([
    ['sh', 'file.sh'],
    ['bash', '-c', undefined],
    ['trap', '-', 'EXIT'],
    ['trap', undefined, 'EXIT'],
  ])('of "%s %s" is nothing that can be read', (...words) => {
    expect(startedBy(words)).toEqual({});
  });

  it('of a question for a program, of what enters another root and of any other is nothing', () => {
    for (const command of ['command -v promtool', 'chroot /rootfs redis-server', 'ls etcd', 'toString x'])
      expect(startedBy(command.split(' '))).toEqual({});
    expect(startedBy([undefined, 'x'])).toEqual({});
  });
});
