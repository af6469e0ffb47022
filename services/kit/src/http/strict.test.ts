import { describe, expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import { strictRequests } from './strict.ts';

describe('the hosts of a service', () => {
  /** `forwarded`: what Express believes, which is the Host or a trusted X-Forwarded-Host. */
  const isLetIn = (host: string, forwarded = host): boolean => {
    let isIn = false;
    const req = { method: 'GET', url: '/', rawHeaders: ['host', host], headers: { host }, host: forwarded };
    void strictRequests({ hosts: ['clinic.example'] })(
      req as unknown as Request,
      undefined as unknown as Response,
      () => {
        isIn = true;
      },
    );
    return isIn;
  };

  it('are those of its configuration, with any port', () => {
    expect(isLetIn('Clinic.example:8443')).toBe(true);
    expect(() => isLetIn('evil.example')).toThrow('There is no such host');
  });

  it('are asked of what a trusted proxy says too', () => {
    expect(isLetIn('clinic.example', 'clinic.example:443')).toBe(true);
    expect(() => isLetIn('clinic.example', 'evil.example')).toThrow('There is no such host');
  });
});
