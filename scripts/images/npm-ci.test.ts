import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'npm-ci-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

/** Runs the script with a program in the place of npm, which writes these lines to stderr and then runs a command of sh. */
function install(lines: readonly string[], then: string, env: Readonly<Record<string, string>> = {}) {
  const npm = join(folder, 'npm')
  const print = lines.map((line) => `echo '${line}' >&2`).join('\n')
  writeFileSync(npm, `#!/bin/sh\necho "$@" > ${folder}/arguments\n${print}\n${then}\n`)
  chmodSync(npm, 0o755)
  const script = join(import.meta.dirname, 'npm-ci.mjs')
  return spawnSync(process.execPath, [script, '--omit=dev'], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: `${folder}:/usr/bin:/bin`, TMPDIR: folder, ...env },
    timeout: 15_000,
  })
}

const attempt = (number: number, code: string) =>
  `npm http fetch GET https://registry.example/zod attempt ${number} failed with ${code}`
const HANGS = 'exec sleep 60'

test('passes its arguments to npm ci, and prints warnings without a line per package', () => {
  const { status, stderr } = install(
    ['npm http fetch GET 200 https://registry.example/zod 80ms', 'npm warn old'],
    '',
  )
  expect(status).toBe(0)
  expect(stderr).toBe('npm warn old\n')
  expect(readFileSync(join(folder, 'arguments'), 'utf8')).toMatch(/^ci --omit=dev /)
})

test.each([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
])('ends at the first certificate that npm does not trust (%s), and names the build argument', (code) => {
  const { status, stderr } = install([attempt(1, code)], HANGS)
  expect(status).toBe(1)
  expect(stderr).toContain(code)
  expect(stderr).toContain('✗ npm does not trust the certificate of its registry.')
  expect(stderr).toContain('--build-arg CA_CERTIFICATES="$(cat authority.pem)"')
})

test('ends where a package could not be fetched in three attempts, and not before', () => {
  expect(install([attempt(1, 'ECONNRESET'), attempt(2, 'ECONNRESET')], '').status).toBe(0)
  const { status, stderr } = install([attempt(3, 'ENOTFOUND')], HANGS)
  expect(status).toBe(1)
  expect(stderr).toContain('✗ The npm registry cannot be reached from the build.')
  expect(stderr).toContain('--build-arg HTTPS_PROXY=')
})

test('ends where npm prints nothing for too long', () => {
  const { status, stderr } = install([], HANGS, { NPM_SILENCE_MS: '200' })
  expect(status).toBe(1)
  expect(stderr).toContain('✗ The npm registry cannot be reached from the build.')
})

test('shows npm’s own output for any other failure', () => {
  const { status, stderr } = install(['npm error code EUSAGE'], 'exit 1')
  expect(status).toBe(1)
  expect(stderr).toContain('npm error code EUSAGE\n✗ The packages could not be installed.')
})

test('gives npm the certificates of the build argument, and removes nothing else of the environment', () => {
  install([], `cp "$NODE_EXTRA_CA_CERTS" ${folder}/given`, { CA_CERTIFICATES: 'a certificate' })
  expect(readFileSync(join(folder, 'given'), 'utf8')).toBe('a certificate\n')
  install([], `[ -z "$NODE_EXTRA_CA_CERTS" ] && touch ${folder}/none`)
  expect(existsSync(join(folder, 'none'))).toBe(true)
})
