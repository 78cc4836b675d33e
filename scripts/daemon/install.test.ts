import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { createMessage, generateKey, readPrivateKey, sign } from 'openpgp'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { UserError } from '../../contracts/user-error.ts'
import { readSettings, type Settings } from '../../settings/read.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { silentTerminal } from '../command-line/terminal.ts'
import { type Artifact, DAEMON_VERSION } from './artifact.ts'
import { type InstalledDaemon, installDaemon } from './install.ts'
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
let requests: string[]
let server: Server
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
  server = createServer((request, response) => {
    requests.push(request.url ?? '')
    if (answer) return response.writeHead(answer).end()
    const content = served.get(request.url ?? '')
    if (!content) return response.writeHead(403).end('AccessDenied')
    response.writeHead(200, { 'content-length': content.length })
    if (breakOffAfter !== undefined && request.url?.endsWith('.zip')) {
      response.write(content.subarray(0, breakOffAfter), () => response.destroy())
    } else response.end(content)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
})

afterAll(() => {
  server.close()
})

function serve({ key, signature, zip }: SignedZip): void {
  served = new Map([
    ['/x/aws-xray.gpg', key],
    ['/x/daemon.zip.sig', signature],
    ['/x/daemon.zip', zip],
  ])
}

beforeEach(() => {
  requests = []
  breakOffAfter = undefined
  serve(genuine)
  const folder = temporaryFolder()
  settings = readSettings({
    WORKSPACE_STATE_DIR: join(folder, 'state'),
    WORKSPACE_ENV_FILE: join(folder, '.env'),
    XRAY_DAEMON_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`,
  })
})

afterEach(() => {
  // After every test: the daemon with its marker, or nothing.
  const folder = dirname(daemonPath(settings))
  const left = existsSync(folder) ? readdirSync(folder).toSorted() : []
  expect([[], ['xray', 'xray.json']]).toContainEqual(left)
})

const install = (pinnedKey = genuine.fingerprint.slice(-16)): Promise<InstalledDaemon> =>
  installDaemon(settings, silentTerminal(), { pinnedKey, artifact: ARTIFACT })

async function userError(attempt: Promise<unknown>): Promise<UserError> {
  const error = await attempt.then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof UserError)) throw error
  expect(existsSync(daemonPath(settings))).toBe(false)
  return error
}

test('only the verified binary is installed, executable', async () => {
  const path = daemonPath(settings)
  expect(await install()).toEqual({ path, version: DAEMON_VERSION, isNew: true })
  expect(readFileSync(path, 'utf8')).toBe(BINARY)
  expect(statSync(path).mode & 0o777).toBe(0o755)
  expect(existsSync(join(dirname(path), '../escape'))).toBe(false)
})

test('a second run downloads nothing', async () => {
  await install()
  const before = requests.length
  expect((await install()).isNew).toBe(false)
  expect(requests.length).toBe(before)
})

test('a binary that has changed since is installed again', async () => {
  await install()
  writeFileSync(daemonPath(settings), 'something else')
  expect((await install()).isNew).toBe(true)
  expect(readFileSync(daemonPath(settings), 'utf8')).toBe(BINARY)
})

test('a valid signature by another key than the pinned one is rejected', async () => {
  const { code, message } = await userError(install('7BFE036BFE6157D3'))
  expect(code).toBe('DAEMON_UNTRUSTED')
  expect(message).toContain(genuine.fingerprint)
  expect((await userError(installDaemon(settings, silentTerminal(), { artifact: ARTIFACT }))).code).toBe(
    'DAEMON_UNTRUSTED',
  )
})

test('a changed zip is rejected', async () => {
  const zip = Uint8Array.from(genuine.zip)
  zip[40] = (zip[40] ?? 0) ^ 1
  serve({ ...genuine, zip })
  expect((await userError(install())).code).toBe('DAEMON_UNTRUSTED')
})

test('another key’s signature is rejected', async () => {
  const other = await signedZip({ xray: 'evil' })
  serve({ ...other, key: genuine.key })
  expect((await userError(install())).code).toBe('DAEMON_UNTRUSTED')
})

test('an incomplete download is rejected', async () => {
  serve({ ...genuine, zip: genuine.zip.subarray(0, 50) })
  expect((await userError(install())).code).toBe('DAEMON_UNTRUSTED')
  breakOffAfter = 20
  serve(genuine)
  expect((await userError(install())).code).toBe('DAEMON_OFFLINE')
})

test('a signed zip without the daemon is rejected', async () => {
  const other = await signedZip({ 'xray.exe': 'x' })
  serve(other)
  expect((await userError(install(other.fingerprint))).code).toBe('DAEMON_UNREADABLE')
})

test('a file above its limit is not read to the end', async () => {
  served.set('/x/aws-xray.gpg', new Uint8Array(1_000_000))
  expect((await userError(install())).message).toContain('larger than 65536 bytes')
})

test('the error names a source without the daemon', async () => {
  served.delete('/x/daemon.zip')
  const { code, message } = await userError(install())
  expect(code).toBe('DAEMON_NOT_PUBLISHED')
  expect(message).toContain('/x')
})

test('the error names a failing source and its answer', async () => {
  answer = 503
  const { code, message } = await userError(install())
  answer = undefined
  expect(code).toBe('DAEMON_DOWNLOAD_FAILED')
  expect(message).toContain('answered 503')
})

test('a folder that cannot be written to is an error with its fix', async () => {
  writeFileSync(settings.WORKSPACE_STATE_DIR, 'a file')
  const { code, fix } = await userError(install())
  expect(code).toBe('DAEMON_UNWRITABLE')
  expect(fix).toContain('room')
})

test('without a network the error names the sandbox', async () => {
  settings = { ...settings, XRAY_DAEMON_BASE_URL: 'http://127.0.0.1:1' }
  const { code, fix } = await userError(install())
  expect(code).toBe('DAEMON_OFFLINE')
  expect(fix).toContain('sandbox')
})
