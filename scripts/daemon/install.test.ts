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
import { createTerminal } from '../command-line/terminal.ts'
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
/** How many bytes of the zip are sent before the connection breaks off. */
let breakOffAfter: number | undefined
/** What is answered to everything, instead. */
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
  // Whatever happened, nothing half installed is left beside the daemon.
  const folder = dirname(daemonPath(settings))
  const left = existsSync(folder) ? readdirSync(folder).toSorted() : []
  expect([[], ['xray', 'xray.json']]).toContainEqual(left)
})

const install = (pinnedKey = genuine.fingerprint.slice(-16)): Promise<InstalledDaemon> =>
  installDaemon(settings, createTerminal(process.stderr), { pinnedKey, artifact: ARTIFACT })

async function refusal(attempt: Promise<unknown>): Promise<UserError> {
  const error = await attempt.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof UserError)) throw error
  expect(existsSync(daemonPath(settings))).toBe(false)
  return error
}

test('the verified binary, and it alone, is put in place, executable', async () => {
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

test('a binary that was changed since is installed anew', async () => {
  await install()
  writeFileSync(daemonPath(settings), 'something else')
  expect((await install()).isNew).toBe(true)
  expect(readFileSync(daemonPath(settings), 'utf8')).toBe(BINARY)
})

test('a key other than the pinned one is refused, however well it signs', async () => {
  const { code, message } = await refusal(install('7BFE036BFE6157D3'))
  expect(code).toBe('DAEMON_UNTRUSTED')
  expect(message).toContain(genuine.fingerprint)
  expect(
    (await refusal(installDaemon(settings, createTerminal(process.stderr), { artifact: ARTIFACT }))).code,
  ).toBe('DAEMON_UNTRUSTED')
})

test('a zip that was tampered with is refused', async () => {
  const zip = Uint8Array.from(genuine.zip)
  zip[40] = (zip[40] ?? 0) ^ 1
  serve({ ...genuine, zip })
  expect((await refusal(install())).code).toBe('DAEMON_UNTRUSTED')
})

test('another key’s signature is refused', async () => {
  const other = await signedZip({ xray: 'evil' })
  serve({ ...other, key: genuine.key })
  expect((await refusal(install())).code).toBe('DAEMON_UNTRUSTED')
})

test('a download that ends early is refused', async () => {
  serve({ ...genuine, zip: genuine.zip.subarray(0, 50) })
  expect((await refusal(install())).code).toBe('DAEMON_UNTRUSTED')
  breakOffAfter = 20
  serve(genuine)
  expect((await refusal(install())).code).toBe('DAEMON_OFFLINE')
})

test('a signed zip without the daemon is refused', async () => {
  const other = await signedZip({ 'xray.exe': 'x' })
  serve(other)
  expect((await refusal(install(other.fingerprint))).code).toBe('DAEMON_UNREADABLE')
})

test('a file that is larger than it can be is not read to its end', async () => {
  served.set('/x/aws-xray.gpg', new Uint8Array(1_000_000))
  expect((await refusal(install())).message).toContain('larger than 65536 bytes')
})

test('a source without the daemon is named', async () => {
  served.delete('/x/daemon.zip')
  const { code, message } = await refusal(install())
  expect(code).toBe('DAEMON_NOT_PUBLISHED')
  expect(message).toContain('/x')
})

test('a source that is out of order is named, with its answer', async () => {
  answer = 503
  const { code, message } = await refusal(install())
  answer = undefined
  expect(code).toBe('DAEMON_DOWNLOAD_FAILED')
  expect(message).toContain('answered 503')
})

test('a place that cannot be written is named', async () => {
  writeFileSync(settings.WORKSPACE_STATE_DIR, 'a file')
  const { code, fix } = await refusal(install())
  expect(code).toBe('DAEMON_UNWRITABLE')
  expect(fix).toContain('room')
})

test('without a network the way on is said', async () => {
  settings = { ...settings, XRAY_DAEMON_BASE_URL: 'http://127.0.0.1:1' }
  const { code, fix } = await refusal(install())
  expect(code).toBe('DAEMON_OFFLINE')
  expect(fix).toContain('sandbox')
})
