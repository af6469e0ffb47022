import { describe, expect, it } from '@jest/globals';
import type { ContainerStatus, Pod } from './types.ts';
import { troubleOf } from './pod-trouble.ts';

function aPod(name: string, container: Partial<ContainerStatus>, status: Pod['status'] = {}): Pod {
  const containerStatuses = [{ name: 'main', ready: false, ...container }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, status: { containerStatuses, ...status } };
}

describe('trouble of pods', () => {
  it('is none while a container just starts', () => {
    expect(troubleOf([aPod('a', { state: { waiting: { reason: 'ContainerCreating' } } })])).toBeUndefined();
  });

  it('is the same through all states of a crash loop, so that the condition does not flap', () => {
    const ended = { terminated: { exitCode: 1, reason: 'Error' } };
    const states = [
      { state: ended },
      { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended },
      { state: {}, lastState: ended },
    ].map((container) => troubleOf([aPod('a', container)]));
    expect(new Set(states.map((trouble) => trouble?.message)).size).toBe(1);
    expect(states[0]).toEqual({
      reason: 'CrashLooping',
      message: 'pod a: container main ended with exit code 1 (Error): see its log',
    });
  });

  it('is none when a container has ended once with exit code 0, and is one when it ends again and again', () => {
    const ended = { terminated: { exitCode: 0, reason: 'Completed' } };
    const waits = { waiting: { reason: 'CrashLoopBackOff' } };
    expect(troubleOf([aPod('a', { state: ended })])).toBeUndefined();
    expect(troubleOf([aPod('a', { state: {}, lastState: ended, restartCount: 1 })])).toBeUndefined();
    const again = [
      { state: waits, lastState: ended, restartCount: 1 },
      { state: {}, lastState: ended, restartCount: 2 },
      { state: ended, restartCount: 2 },
    ].map((container) => troubleOf([aPod('a', container)])?.message);
    expect(new Set(again)).toEqual(
      new Set(['pod a: container main ended with exit code 0 (Completed): see its log']),
    );
  });

  it('is the same while a pull is tried and while it waits to try again', () => {
    const [tries, waits] = ['ErrImagePull', 'ImagePullBackOff'].map((reason) =>
      troubleOf([aPod('a', { state: { waiting: { reason } } })]),
    );
    expect(tries).toEqual(waits);
    expect(tries?.reason).toBe('ImagePullFailed');
  });

  it('tells why no node takes the pod', () => {
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'Insufficient cpu' },
    ];
    expect(troubleOf([aPod('a', {}, { conditions })])).toEqual({
      reason: 'Unschedulable',
      message: 'pod a: Insufficient cpu',
    });
  });

  it('is not that of a container that is ready again after a restart', () => {
    const recovered = { ready: true, lastState: { terminated: { exitCode: 1 } } };
    expect(troubleOf([aPod('a', recovered)])).toBeUndefined();
  });

  it('is that of the first pod by name, in whatever order they come', () => {
    const crashed = { state: { terminated: { exitCode: 2 } } };
    expect(troubleOf([aPod('b', crashed), aPod('a', crashed)])?.message).toContain('pod a');
  });
});
