/** A release of an engine, as far as a version or the tag of an image tells. */
export interface Release {
  major: number;
  /** Absent where a tag names the major release alone. */
  minor?: number;
}

const RELEASE = /^v?(\d{1,4})(?:\.(\d{1,4}))?(?=$|[.\-_+])/;

/** The release that a version or a tag begins with: `8`, `8.0`, `6.0.27`, `7.4-bookworm`. */
export function releaseOf(text: string): Release | undefined {
  const [, major, minor] = RELEASE.exec(text) ?? [];
  if (major === undefined) return undefined;
  return { major: Number(major), ...(minor === undefined ? {} : { minor: Number(minor) }) };
}

/** `4.0` of `4.0.5`; `undefined` of what names no minor release. */
export function minorVersion(text: string): string | undefined {
  const release = releaseOf(text);
  return release?.minor === undefined ? undefined : releaseText(release);
}

/** As people write it: `8`, `8.0`. */
export function releaseText({ major, minor }: Release): string {
  return minor === undefined ? String(major) : `${major}.${minor}`;
}

/** Negative when `a` is the older one; where one of them has no minor release, only the major ones are compared. */
export function compareReleases(a: Release, b: Release): number {
  if (a.major !== b.major || a.minor === undefined || b.minor === undefined) return a.major - b.major;
  return a.minor - b.minor;
}

/** The version that the tag of an image names: `8.0` of `registry:5000/mongo:8.0.4`. `undefined` for a digest and for names. */
export function versionOfImage(image: string): string | undefined {
  const [name = ''] = image.split('@');
  const tag = /:([^/:]+)$/.exec(name)?.[1];
  const release = tag === undefined ? undefined : releaseOf(tag);
  return release && releaseText(release);
}
