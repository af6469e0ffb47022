/**
 * Why a pod does not get ready, in words that stay the same as long as the trouble does: a count or a time would cost a status write
 * each time it moves.
 */
export interface Trouble {
  reason: string;
  message: string;
}

/** What kubelet says of a container that it has not started. */
export interface Waiting {
  reason?: string;
  message?: string;
}

type Cause = readonly [said: RegExp, cause: string];

/** Why a registry did not hand out an image. Kubelet's own words hold addresses and change from try to try. */
const PULL: readonly Cause[] = [
  [
    /unauthori[sz]ed|denied|forbidden|\b40[13]\b/i,
    'the registry does not let this cluster have it, or it is not there',
  ],
  [/not found|manifest unknown|\b404\b/i, 'the registry does not have it'],
  [
    /timeout|deadline|refused|no such host|unreachable|reset by peer|\bEOF\b/i,
    'the registry does not answer',
  ],
];

/** Why a container could not be configured; `$1`, `$2` are names of objects and keys. */
const CONFIGURATION: readonly Cause[] = [
  [/\b(secret|configmap) "([\w.-]{1,253})" not found/i, 'there is no $1 $2'],
  [/couldn't find key ([\w.-]{1,253}) in (?:Secret|ConfigMap) ([\w./-]{1,320})/i, 'there is no key $1 in $2'],
  [/runAsNonRoot/, 'its image runs as root, or does not say by number as whom'],
];

interface Kind {
  reason: string;
  /** `$image` is the image. */
  message: string;
  causes: readonly Cause[];
}

const pull = (message: string): Kind => ({ reason: 'ImagePullFailed', message, causes: PULL });
const creation = (message: string): Kind => ({
  reason: 'ContainerNotCreated',
  message,
  causes: CONFIGURATION,
});

/** Waiting reasons that come and go for one and the same trouble are one here. */
const KINDS: Readonly<Record<string, Kind>> = {
  ErrImagePull: pull('its image $image cannot be pulled'),
  ImagePullBackOff: pull('its image $image cannot be pulled'),
  ErrImageNeverPull: pull('its image $image is not on the node, and is not to be pulled'),
  InvalidImageName: pull('its image $image has no valid name'),
  CreateContainerConfigError: creation('its container cannot be configured'),
  CreateContainerError: creation('its container cannot be created'),
  RunContainerError: creation('its container cannot be started'),
};

/** Why a container is not even started; `undefined` while nothing is wrong. Pure. */
export function waitingTrouble({ reason = '', message = '' }: Waiting, image: string): Trouble | undefined {
  const kind = KINDS[reason];
  if (kind === undefined) return undefined;
  const cause = causeOf(message, kind.causes);
  const what = kind.message.replace('$image', () => image);
  return { reason: kind.reason, message: cause === undefined ? what : `${what}: ${cause}` };
}

function causeOf(message: string, causes: readonly Cause[]): string | undefined {
  for (const [said, cause] of causes) {
    const found = said.exec(message);
    if (found !== null)
      return cause.replaceAll(/\$([12])/g, (_, group: string) => found[Number(group)] ?? '');
  }
  return undefined;
}
