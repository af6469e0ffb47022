import { describe, expect, it } from '@jest/globals';
import { waitingTrouble } from './waiting-trouble.ts';

const IMAGE = 'registry.example/clinic/a:2.0.0';

function said(reason: string, message?: string): string | undefined {
  return waitingTrouble({ reason, ...(message === undefined ? {} : { message }) }, IMAGE)?.message;
}

describe('the trouble of a container that is not started', () => {
  it('is none while it is being started', () => {
    expect(said('ContainerCreating')).toBeUndefined();
    expect(waitingTrouble({}, IMAGE)).toBeUndefined();
  });

  it.each([
    [
      `failed to pull and unpack image "${IMAGE}": failed to resolve reference "${IMAGE}": ${IMAGE}: not found`,
      'the registry does not have it',
    ],
    [
      'failed to authorize: unexpected status from GET request to https://registry.example/token?user=anna: 401 Unauthorized',
      'the registry does not let this cluster have it, or it is not there',
    ],
    ['dial tcp 203.0.113.7:443: i/o timeout', 'the registry does not answer'],
    ['dial tcp: lookup registry.example: no such host', 'the registry does not answer'],
  ])('names the image and why it cannot be pulled: %s', (message, cause) => {
    const text = `its image ${IMAGE} cannot be pulled: ${cause}`;
    expect(said('ErrImagePull', message)).toBe(text);
    expect(said('ImagePullBackOff', `Back-off pulling image "${IMAGE}": ErrImagePull: ${message}`)).toBe(
      text,
    );
  });

  it('names the image alone when the reason is not known', () => {
    expect(said('ErrImagePull', 'something of user anna')).toBe(`its image ${IMAGE} cannot be pulled`);
  });

  it.each([
    ['secret "mail-login" not found', 'there is no secret mail-login'],
    [
      "couldn't find key password in Secret clinic/mail-login",
      'there is no key password in clinic/mail-login',
    ],
    [
      'container has runAsNonRoot and image will run as root (pod: "a_clinic(1)", container: a)',
      'its image runs as root, or does not say by number as whom',
    ],
  ])('names what is missing for its configuration: %s', (message, cause) => {
    expect(said('CreateContainerConfigError', message)).toBe(`its container cannot be configured: ${cause}`);
  });
});
