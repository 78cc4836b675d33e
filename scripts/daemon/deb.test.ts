import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { ProviderServer } from '../../tests/harness/provider-server.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { createTerminal, silentTerminal } from '../command-line/terminal.ts'
import { debCommands, installDeb, requireUnchanged } from './deb.ts'

const PACKAGE = '!<arch>\ndebian-binary   the rest'
const sha256 = (content: string) => createHash('sha256').update(content).digest('hex')

let server: ProviderServer
let answer: string | undefined
let folder: string

beforeAll(async () => {
  server = await ProviderServer.start((request, response) => {
    if (answer === undefined || !request.url?.endsWith('.deb')) return response.writeHead(403).end()
    return response.end(answer)
  })
})

afterAll(() => server[Symbol.asyncDispose]())

beforeEach(() => {
  answer = PACKAGE
  folder = temporaryFolder()
})

/** A `sudo` that notes its arguments, and the modes and the content of the package that it gets. */
function standInForSudo(exitCode = 0): () => string {
  const bin = join(folder, 'path')
  mkdirSync(bin)
  const seen = join(folder, 'seen')
  const script = `#!/bin/sh
echo "$1 $2" > '${seen}'
stat -c %a "$3" "$(dirname "$3")" >> '${seen}'
cat "$3" >> '${seen}'
exit ${exitCode}
`
  writeFileSync(join(bin, 'sudo'), script, { mode: 0o755 })
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`)
  return () => (existsSync(seen) ? readFileSync(seen, 'utf8') : '')
}

const settings = () => ({
  WORKSPACE_STATE_DIR: join(folder, 'state'),
  XRAY_DAEMON_BASE_URL: `${server.url}/x`,
})
const install = (agrees = async () => true) =>
  installDeb(settings(), silentTerminal(), { arch: 'x64', agrees })
const left = () => readdirSync(join(folder, 'state', 'bin'))

test('the commands download into a new folder, which other users may not enter', () => {
  expect(debCommands('x64')).toEqual([
    'folder=$(mktemp -d)',
    'curl --fail --output "$folder/aws-xray-daemon-3.x.deb" https://s3.us-east-2.amazonaws.com/aws-xray-assets.us-east-2/xray-daemon/aws-xray-daemon-3.x.deb',
    'sudo dpkg -i "$folder/aws-xray-daemon-3.x.deb"',
  ])
  expect(debCommands('arm64').join()).toContain('aws-xray-daemon-arm64-3.x.deb')
  expect(() => debCommands('ppc64')).toThrow('no .deb for ppc64')
})

test('whatever the umask, dpkg gets the package in a folder of its owner, which is removed afterwards', async () => {
  const seen = standInForSudo()
  const umask = process.umask(0)
  await install().finally(() => process.umask(umask))
  expect(seen()).toBe(`dpkg -i\n600\n700\n${PACKAGE}`)
  expect(left()).toEqual([])
})

test('without a terminal, and without consent, the commands are shown and nothing is run', async () => {
  const seen = standInForSudo()
  const stream = new PassThrough()
  await installDeb(settings(), createTerminal(stream as unknown as NodeJS.WriteStream), { arch: 'x64' })
  stream.end()
  const output = await text(stream)
  for (const words of [...debCommands('x64', settings().XRAY_DAEMON_BASE_URL), 'Nothing was run'])
    expect(output).toContain(words)
  await install(async () => false)
  expect(seen()).toBe('')
})

test.each([
  ['a page of a proxy', '<html>Sign in</html>', 'DAEMON_UNREADABLE'],
  ['no file', undefined, 'DAEMON_NOT_PUBLISHED'],
])('%s is not given to dpkg', async (_what, content, code) => {
  const seen = standInForSudo()
  answer = content
  await expect(install()).rejects.toMatchObject({ code })
  expect(seen()).toBe('')
  expect(left()).toEqual([])
})

test('a failure of dpkg is an error, and nothing is left', async () => {
  standInForSudo(3)
  await expect(install()).rejects.toMatchObject({ code: 'DAEMON_DEB_FAILED' })
  expect(left()).toEqual([])
})

test('a package that has changed, or that others may change, is not trusted', () => {
  const place = join(folder, 'private')
  mkdirSync(place, { mode: 0o700 })
  const path = join(place, 'x.deb')
  const check = () => requireUnchanged(path, sha256(PACKAGE))
  writeFileSync(path, PACKAGE, { mode: 0o600 })
  expect(check).not.toThrow()
  writeFileSync(path, `${PACKAGE}!`)
  expect(check).toThrow('has changed')
  writeFileSync(path, PACKAGE)
  chmodSync(path, 0o666)
  expect(check).toThrow('another user may change it')
  chmodSync(path, 0o600)
  chmodSync(place, 0o777)
  expect(check).toThrow('another user may change it')
  chmodSync(place, 0o700)
  const link = join(place, 'link.deb')
  symlinkSync(path, link)
  expect(() => requireUnchanged(link, sha256(PACKAGE))).toThrow('another user may change it')
})
