import { describe, expect, it } from '@jest/globals';
import { summarize } from '../../../runtime/status/conditions.ts';
import { aService } from '../fixtures/objects.ts';
import { edgesEnforced } from './edgesEnforced.ts';
import { edgesResolved } from './edgesResolved.ts';
import { edgesUsed } from './edgesUsed.ts';

describe('EdgesResolved', () => {
  it('names what is missing and what to do', () => {
    expect(edgesResolved({ dangling: ['no EncryptedStore db'] })).toEqual({
      type: 'EdgesResolved',
      status: 'False',
      reason: 'DanglingEdge',
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

  it('is True under Enforce', () => {
    expect(edgesEnforced(aService('a'), [])).toMatchObject({ status: 'True', reason: 'Enforced' });
  });

  it('says under Shadow that nothing would be blocked, or what', () => {
    expect(edgesEnforced(shadow, [])).toMatchObject({ status: 'False', reason: 'ShadowClean' });
    const lines = ['a', 'b', 'c', 'd', 'e'];
    const { reason, message } = edgesEnforced(shadow, lines);
    expect(reason).toBe('WouldBlock');
    expect(message).toContain('a, b, c and 2 more in status.wouldBlock');
  });

  it('does not keep a service from being Ready', () => {
    expect(summarize([edgesEnforced(shadow, ['a'])]).status).toBe('True');
  });
});
