import { unzipSync } from 'fflate'
import { UserError } from '../../contracts/user-error.ts'

/** The daemon of 3.6.6 unpacks to some 20 MB. */
const MAX_BINARY_BYTES = 128 * 1024 * 1024

/** One entry of a zip, by its exact name; nothing else is unpacked. Throws a UserError where it cannot be had. */
export function unpack(zip: Uint8Array, entry: string): Uint8Array {
  const binary = readEntry(zip, entry)
  if (binary && binary.length > 0) return binary
  throw new UserError({
    code: 'DAEMON_UNREADABLE',
    what: `The download holds no usable "${entry}". Nothing was installed.`,
    fix: 'Try again, or install it the bootcamp’s way: npm run daemon -- --deb',
  })
}

function readEntry(zip: Uint8Array, entry: string): Uint8Array | undefined {
  try {
    return unzipSync(zip, {
      filter: ({ name, originalSize }) => name === entry && originalSize <= MAX_BINARY_BYTES,
    })[entry]
  } catch {
    return undefined
  }
}
