import { expect, it } from '@jest/globals';
import { imagePullSecrets } from './image-pull-secrets.ts';

it('a pod has the Secrets of all pods beside those of its object, each once', () => {
  const own = [{ name: 'own' }, { name: 'mirror' }];
  expect(imagePullSecrets(['registry', 'mirror'], own)).toEqual({
    imagePullSecrets: [{ name: 'own' }, { name: 'mirror' }, { name: 'registry' }],
  });
  expect(imagePullSecrets([])).toEqual({});
});
