import { copiesFromClient } from './copy-from-client.ts'

const HEADER_BYTES = 5
/** Source: https://www.postgresql.org/docs/current/protocol-message-formats.html */
const LETTERS = new Set('BCDEFHPQSXcdf')

const COPY = `do $$begin raise 'COPY from the client is not supported by the embedded database'
  using errcode = 'feature_not_supported', hint = 'Use INSERT (pg_dump --inserts), or set DATABASE_URL to a server.'; end$$`
const INVALID = "do $$begin raise 'invalid message' using errcode = 'protocol_violation'; end$$"

/**
 * Replaces a message that would end PGlite, or stop it for good, with one that Postgres answers with an error, in the state of
 * the session and of its transaction that an error has:
 * - COPY from the client, whose rows come in later messages: PGlite reads them from the same one, finds its end, and ends;
 * - a message of an unknown kind, or with a length that is not its own.
 *
 * Source: https://github.com/electric-sql/pglite/issues/911
 */
export function refuseUnsafe(message: Uint8Array): Uint8Array {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  // A start-up message has no letter: it begins with its length.
  if (bytes[0] === 0) return message
  const letter = bytes.toString('latin1', 0, 1)
  const isValid =
    LETTERS.has(letter) && bytes.length >= HEADER_BYTES && bytes.readInt32BE(1) === bytes.length - 1
  if (!isValid) return frame('Q', text(INVALID))
  if (letter !== 'Q' && letter !== 'P') return message
  const [name = '', sql = ''] = bytes.toString('latin1', HEADER_BYTES).split('\0', 2)
  if (letter === 'Q') return copiesFromClient(name) ? frame('Q', text(COPY)) : message
  const noParameterTypes = Buffer.alloc(2)
  return copiesFromClient(sql)
    ? frame('P', Buffer.from(`${name}\0`, 'latin1'), text(COPY), noParameterTypes)
    : message
}

const text = (value: string) => Buffer.from(`${value}\0`)

function frame(letter: string, ...parts: readonly Buffer[]): Uint8Array {
  const body = Buffer.concat(parts)
  const length = Buffer.alloc(4)
  length.writeInt32BE(length.length + body.length)
  return new Uint8Array(Buffer.concat([Buffer.from(letter), length, body]))
}
