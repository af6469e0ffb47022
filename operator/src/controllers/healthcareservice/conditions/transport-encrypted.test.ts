import { describe, expect, it } from '@jest/globals';
import { aService } from '../fixtures/objects.ts';
import { transportEncrypted } from './transport-encrypted.ts';

const plain = { port: 8080, tls: { mode: 'Plaintext' as const } };

describe('TransportEncrypted', () => {
  it('is True where every port speaks TLS, and where there is none', () => {
    expect(transportEncrypted(aService('a', { dataClass: 'phi' }))).toMatchObject({ status: 'True' });
    const worker = aService('a', { role: 'worker' });
    delete worker.spec.http;
    expect(transportEncrypted(worker)).toMatchObject({ status: 'True', reason: 'NoPort' });
  });

  it('shows plaintext and lets the service be Ready, where the data class allows it', () => {
    for (const dataClass of ['public', 'operational'] as const) {
      const shown = transportEncrypted(aService('a', { dataClass, http: plain }));
      expect(shown).toMatchObject({ status: 'False', reason: 'Plaintext', informs: true });
      expect(shown.message).toContain('plaintext at http');
    }
  });

  it('keeps a service with health information from being Ready, for any of its ports', () => {
    const ports = [{ name: 'smtp', port: 25, tls: { mode: 'Plaintext' as const } }];
    for (const spec of [{ http: plain }, { ports }]) {
      const shown = transportEncrypted(aService('a', { dataClass: 'phi', ...spec }));
      expect(shown).toMatchObject({ status: 'False', reason: 'PlaintextForbidden', alarming: true });
      expect(shown.informs).toBeUndefined();
    }
  });
});
