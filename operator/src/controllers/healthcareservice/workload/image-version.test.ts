import { describe, expect, it } from '@jest/globals';
import { imageVersion } from './image-version.ts';

describe('version of an image', () => {
  it.each([
    ['localhost/careplane/gateway:0.1.0', '0.1.0'],
    ['registry.example:5000/a/b:1', '1'],
    [`a:2@sha256:${'0123456789ab'.padEnd(64, '0')}`, '2'],
    [`registry.example:5000/a@sha256:${'0123456789ab'.padEnd(64, '0')}`, '0123456789ab'],
  ])('of %s is %s', (image, version) => {
    expect(imageVersion(image)).toBe(version);
  });
});
