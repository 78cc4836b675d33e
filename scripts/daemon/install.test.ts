import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { createMessage, generateKey, readPrivateKey, sign } from 'openpgp'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readSettings, type Settings } from '../../settings/read.ts'
import { ProviderServer } from '../../tests/harness/provider-server.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { silentTerminal } from '../command-line/terminal.ts'
import type { Artifact } from './artifact.ts'
import { installDaemon } from './install.ts'
import { daemonPath } from './installed.ts'

const ARTIFACT: Artifact = { zip: 'daemon.zip', entry: 'xray' }
const BINARY = '#!/bin/sh\necho the daemon\n'

interface SignedZip {
  readonly key: Uint8Array
  readonly fingerprint: string
  readonly signature: Uint8Array
  readonly zip: Uint8Array
}

let genuine: SignedZip
let served: Map<string, Uint8Array>
let server: ProviderServer
let settings: Settings
/** Bytes of the zip that are sent before the connection is closed. */
let breakOffAfter: number | undefined
/** The status of every answer, when set. */
let answer: number | undefined

async function signedZip(entries: Record<string, string>): Promise<SignedZip> {
  const files = Object.entries(entries).map(([name, content]) => [name, strToU8(content)] as const)
  const zip = zipSync(Object.fromEntries(files))
  const { privateKey, publicKey } = await generateKey({
    userIDs: [{ name: 'Test', email: 'test@example.com' }],
    format: 'binary',
  })
  const signingKeys = await readPrivateKey({ binaryKey: privateKey })
  const message = await createMessage({ binary: zip })
  const signature = await sign({ message, signingKeys, detached: true, format: 'binary' })
  if (!(signature instanceof Uint8Array)) throw new Error('The signature was asked for in binary form.')
  return { key: publicKey, fingerprint: signingKeys.getFingerprint().toUpperCase(), signature, zip }
}

beforeAll(async () => {
  genuine = await signedZip({ xray: BINARY, 'cfg.yaml': 'Version: 2', '../escape': 'x' })
  server = await ProviderServer.start((request, response) => {
    if (answer) return response.writeHead(answer).end()
    const content = served.get(request.url ?? '')
    if (!content) return response.writeHead(403).end('AccessDenied')
    response.writeHead(200, { 'content-length': content.length })
    if (breakOffAfter !== undefined && request.url?.endsWith('.zip')) {
      response.write(content.subarray(0, breakOffAfter), () => response.destroy())
    } else response.end(content)
  })
})

afterAll(() => server[Symbol.asyncDispose]())

function serve({ key, signature, zip }: SignedZip): void {
  served = new Map([
    ['/x/aws-xray.gpg', key],
    ['/x/daemon.zip.sig', signature],
    ['/x/daemon.zip', zip],
  ])
}

beforeEach(() => {
  breakOffAfter = undefined
  answer = undefined
  serve(genuine)
  const folder = temporaryFolder()
  settings = readSettings({
    WORKSPACE_STATE_DIR: join(folder, 'state'),
    WORKSPACE_ENV_FILE: join(folder, '.env'),
    XRAY_DAEMON_BASE_URL: `${server.url}/x`,
  })
})

afterEach(() => {
  // After every test: the daemon with its marker, or nothing.
  const folder = dirname(daemonPath(settings))
  const left = existsSync(folder) ? readdirSync(folder).toSorted() : []
  expect([[], ['xray', 'xray.json']]).toContainEqual(left)
})

const install = (pinnedKey = genuine.fingerprint.slice(-16)) =>
  installDaemon(settings, silentTerminal(), { pinnedKey, artifact: ARTIFACT })

async function expectRejected(attempt: Promise<void>, code: string, words = ''): Promise<void> {
  await expect(attempt).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
  expect(existsSync(daemonPath(settings))).toBe(false)
}

test('only the verified binary is installed, executable', async () => {
  const path = daemonPath(settings)
  await install()
  expect(readFileSync(path, 'utf8')).toBe(BINARY)
  expect(statSync(path).mode & 0o777).toBe(0o700)
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
  expect(existsSync(join(dirname(path), '../escape'))).toBe(false)
})

test('a second run downloads nothing; a binary that has changed since is installed again', async () => {
  await install()
  const before = server.requests.length
  await install()
  expect(server.requests).toHaveLength(before)
  writeFileSync(daemonPath(settings), 'something else')
  await install()
  expect(readFileSync(daemonPath(settings), 'utf8')).toBe(BINARY)
})

test('a valid signature by another key than the pinned one is rejected', async () => {
  await expectRejected(install('7BFE036BFE6157D3'), 'DAEMON_UNTRUSTED', genuine.fingerprint)
  const withAwsKey = installDaemon(settings, silentTerminal(), { artifact: ARTIFACT })
  await expectRejected(withAwsKey, 'DAEMON_UNTRUSTED')
})

test('a changed zip, another key’s signature, no signature and half a zip are rejected', async () => {
  const zip = Uint8Array.from(genuine.zip)
  zip[40] = (zip[40] ?? 0) ^ 1
  const other = await signedZip({ xray: 'evil' })
  for (const wrong of [
    { ...genuine, zip },
    { ...other, key: genuine.key },
    { ...genuine, signature: new Uint8Array() },
    { ...genuine, zip: genuine.zip.subarray(0, 50) },
  ]) {
    serve(wrong)
    await expectRejected(install(), 'DAEMON_UNTRUSTED')
  }
})

test('a connection that breaks off is an error', async () => {
  breakOffAfter = 20
  await expectRejected(install(), 'DAEMON_OFFLINE')
})

test('a signed zip without the daemon is rejected', async () => {
  const other = await signedZip({ 'xray.exe': 'x' })
  serve(other)
  await expectRejected(install(other.fingerprint), 'DAEMON_UNREADABLE')
})

test('a file above its limit is not read to the end', async () => {
  served.set('/x/aws-xray.gpg', new Uint8Array(1_000_000))
  await expectRejected(install(), 'DAEMON_DOWNLOAD_FAILED', 'larger than 65536 bytes')
})

test('the error names a source without the daemon, and a failing source with its answer', async () => {
  served.delete('/x/daemon.zip')
  await expectRejected(install(), 'DAEMON_NOT_PUBLISHED', '/x')
  answer = 503
  await expectRejected(install(), 'DAEMON_DOWNLOAD_FAILED', 'answered 503')
})

test('a folder that cannot be written to is an error that names the room it needs', async () => {
  writeFileSync(settings.WORKSPACE_STATE_DIR, 'a file')
  await expect(install()).rejects.toMatchObject({
    code: 'DAEMON_UNWRITABLE',
    fix: expect.stringContaining('room'),
  })
})

test('without a network the error names the sandbox', async () => {
  settings = { ...settings, XRAY_DAEMON_BASE_URL: 'http://127.0.0.1:1' }
  await expect(install()).rejects.toMatchObject({
    code: 'DAEMON_OFFLINE',
    fix: expect.stringContaining('sandbox'),
  })
})
