/** A shorter common part is not worth leaving out. Characters. */
const LEAST_PREFIX = 4

/**
 * What all names begin with, up to a separator, so that the rest is a name too: `cruddur-` of `cruddur-backend` and
 * `cruddur-profiles`. Empty if they have nothing in common, and for fewer than two different names.
 */
export function commonPrefix(names: Iterable<string>): string {
  const all = [...new Set(names)]
  const [first = '', ...others] = all
  if (others.length === 0) return ''
  let length = first.length
  for (const name of others) {
    let same = 0
    while (same < length && name[same] === first[same]) same++
    length = same
  }
  const [prefix = ''] = /^.*[-_./:@ ]/s.exec(first.slice(0, length)) ?? []
  return prefix.length >= LEAST_PREFIX && all.every((name) => name.length > prefix.length) ? prefix : ''
}

/** A name without the common prefix. */
export function withoutPrefix(name: string, prefix: string): string {
  return prefix && name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : name
}
