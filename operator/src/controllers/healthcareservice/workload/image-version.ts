/** What people call the version of an image: its tag, or the first twelve digits of its digest. */
export function imageVersion(image: string): string {
  const [reference = '', digest] = image.split('@sha256:');
  const tag = /:([^/:]+)$/.exec(reference)?.[1];
  return tag ?? digest?.slice(0, 12) ?? '';
}
