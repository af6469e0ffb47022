/**
 * Makes what belongs to a URL once, and remembers it: reading one costs more than what it is asked for at each request. For URLs of
 * the configuration and the operator, of which there are few; never for those of callers.
 */
export function byUrl<T>(make: (url: URL) => T): (url: string) => T {
  const made = new Map<string, T>();
  return (url) => {
    const known = made.get(url);
    if (known !== undefined) return known;
    const fresh = make(new URL(url));
    made.set(url, fresh);
    return fresh;
  };
}
