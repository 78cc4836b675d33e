import { createHash } from 'node:crypto'

/** Hashed before the content, so that no general tool makes the same. */
const DOMAIN = 'tracing workshop export\n'

/**
 * The checksum of an export: SHA-256 of everything in it except the checksum, whatever the order of the keys and the white space.
 * It shows that a file was edited by hand. It is no signature: a learner with the source can compute it for any content.
 */
export function checksumOf(content: Readonly<Record<string, unknown>>): string {
  const { checksum: _, ...rest } = content
  return `sha256:${createHash('sha256').update(DOMAIN).update(canonical(rest)).digest('hex')}`
}

/** An export has three levels; a file made to break the reader may have a hundred thousand. */
const MAX_DEPTH = 20

/** JSON with sorted keys, and without undefined members. */
function canonical(value: unknown, depth = 0): string {
  if (depth === MAX_DEPTH) return '"…"'
  if (Array.isArray(value)) return `[${value.map((member) => canonical(member, depth + 1)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member, depth + 1)}`)
  return `{${members.join(',')}}`
}
