import { describe, expect, it } from '@jest/globals';
import { summarize } from '../../../runtime/status/conditions.ts';
import { aService } from '../fixtures/objects.ts';
import { edgesEnforced } from './edges-enforced.ts';
import { edgesResolved } from './edges-resolved.ts';
import { edgesUsed } from './edges-used.ts';

describe('EdgesResolved', () => {
  it('names what is missing and what to do', () => {
    expect(edgesResolved({ dangling: ['no EncryptedStore db'] })).toEqual({
      type: 'EdgesResolved',
      status: 'False',
      reason: 'DanglingEdge',
      alarming: true,
      message: 'no EncryptedStore db: create what is missing, or take the edge out',
    });
    expect(edgesResolved({ dangling: [] }).status).toBe('True');
  });
});

describe('EdgesUsed', () => {
  it('names events with one side and ports without a caller, the events first', () => {
    const both = edgesUsed({ oneSided: ['nobody consumes a.b'], unused: ['nobody calls it over http'] });
    expect(both).toMatchObject({
      status: 'False',
      reason: 'OneSidedEdge',
      message: 'nobody consumes a.b; nobody calls it over http',
    });
    expect(edgesUsed({ oneSided: [], unused: ['nobody calls it over http'] }).reason).toBe('UnusedEdge');
    expect(edgesUsed({ oneSided: [], unused: [] }).reason).toBe('AllUsed');
  });

  it('names twelve of many, and where the others are', () => {
    const oneSided = Array.from({ length: 128 }, (_, index) => `nobody consumes a.b${String(index)}`);
    const { message } = edgesUsed({ oneSided, unused: [] });
    expect(message).toMatch(/a\.b11; and 116 more: see `careplane graph`$/);
  });

  it('does not keep a service from being Ready', () => {
    expect(summarize([edgesUsed({ oneSided: ['nobody consumes a.b'], unused: [] })]).status).toBe('True');
  });
});

describe('EdgesEnforced', () => {
  const shadow = aService('a', { enforcement: 'Shadow' });
  const none = { list: [], more: 0 };
  const seen = (flow: string): { flow: string; lastSeen: string } => ({
    flow,
    lastSeen: '2026-11-22T12:00:00Z',
  });

  it('claims nothing where no agent looks; what was seen before is still to be declared', () => {
    expect(edgesEnforced(shadow, none, false)).toMatchObject({ status: 'Unknown', reason: 'NotObserved' });
    expect(edgesEnforced(shadow, { list: [seen('a')], more: 0 }, false).reason).toBe('WouldBlock');
  });

  it('is True under Enforce', () => {
    expect(edgesEnforced(aService('a'), none, false)).toMatchObject({ status: 'True', reason: 'Enforced' });
  });

  it('says under Shadow that nothing would be blocked, or what', () => {
    expect(edgesEnforced(shadow, none, true)).toMatchObject({ status: 'False', reason: 'ShadowClean' });
    const { reason, message } = edgesEnforced(
      shadow,
      { list: ['a', 'b', 'c', 'd', 'e'].map(seen), more: 10 },
      true,
    );
    expect(reason).toBe('WouldBlock');
    expect(message).toContain('a, b, c and 12 more in status.wouldBlock');
  });

  it('does not keep a service from being Ready', () => {
    expect(summarize([edgesEnforced(shadow, { list: [seen('a')], more: 0 }, true)]).status).toBe('True');
  });
});
