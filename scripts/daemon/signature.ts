import { createMessage, type Key, readKey, readSignature, verify } from 'openpgp'
import { UserError } from '../../contracts/user-error.ts'

/**
 * The fingerprint of AWS's key for the X-Ray daemon; its last 16 digits are the key id, 7BFE036BFE6157D3. Key and daemon
 * come from the same bucket, so only this constant proves that the key is AWS's.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon.html#xray-daemon-gpg
 */
export const AWS_XRAY_KEY = 'EA6D9271FBF36990277F4B877BFE036BFE6157D3'

export interface Signed {
  readonly content: Uint8Array
  /** Detached OpenPGP signature, binary or armored. */
  readonly signature: Uint8Array
  /** Public key, binary or armored. */
  readonly key: Uint8Array
}

/**
 * Throws a UserError (DAEMON_UNTRUSTED) unless `pinned` (hex) is the key's fingerprint, or its end such as a key id, and
 * the key has signed exactly this content.
 */
export async function requireSignature(signed: Signed, pinned: string = AWS_XRAY_KEY): Promise<void> {
  const key = await parseKey(signed.key)
  const fingerprint = key.getFingerprint().toUpperCase()
  if (!fingerprint.endsWith(pinned.toUpperCase())) {
    throw untrusted(`it came with the key ${fingerprint}, which is not AWS’s (${pinned})`)
  }
  try {
    await verify({
      message: await createMessage({ binary: signed.content }),
      signature: await parseSignature(signed.signature),
      verificationKeys: key,
      format: 'binary',
      expectSigned: true,
    })
  } catch (error) {
    throw untrusted('its signature does not match', error)
  }
}

async function parseKey(bytes: Uint8Array): Promise<Key> {
  try {
    const armored = armor(bytes)
    return await (armored ? readKey({ armoredKey: armored }) : readKey({ binaryKey: bytes }))
  } catch (error) {
    throw untrusted('the key beside it is not an OpenPGP key', error)
  }
}

function parseSignature(bytes: Uint8Array) {
  const armored = armor(bytes)
  return armored ? readSignature({ armoredSignature: armored }) : readSignature({ binarySignature: bytes })
}

function armor(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('latin1')
  return text.trimStart().startsWith('-----BEGIN PGP') ? text : undefined
}

function untrusted(reason: string, cause?: unknown): UserError {
  return new UserError(
    {
      code: 'DAEMON_UNTRUSTED',
      what: `The downloaded X-Ray daemon cannot be trusted: ${reason}. Nothing was installed.`,
      fix: 'Try again: an incomplete download looks the same. If it happens again, something between this machine and AWS changes the download.',
    },
    { cause },
  )
}
