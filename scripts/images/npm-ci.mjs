// Installs the packages of an image while it is built: `npm ci` with a time limit, and with a sentence where it fails. Plain
// JavaScript without dependencies, because it runs before the packages are there.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fail, whyNpmFailed } from '../install.mjs'

/**
 * How long npm may print nothing, in milliseconds. At the level `http` it prints a line per package. The largest one, of
 * 45 MB, takes 90 s at 4 Mbit/s.
 */
const SILENCE_MS = Number(process.env.NPM_SILENCE_MS || 120_000)
/** At most so many characters of npm's lines are kept for a failure. */
const KEPT = 20_000

const FAILURES = {
  certificate: {
    what: 'npm does not trust the certificate of its registry. A proxy on the way has replaced it.',
    fix: 'Give the build the certificate of the proxy’s authority: docker compose --profile local build --build-arg CA_CERTIFICATES="$(cat authority.pem)"',
  },
  offline: {
    what: 'The npm registry cannot be reached from the build.',
    fix: 'Connect. Behind a proxy: docker compose --profile local build --build-arg HTTPS_PROXY=http://…. With a mirror: --build-arg npm_config_registry=https://…',
  },
  other: {
    what: 'The packages could not be installed.',
    fix: 'npm’s own output is above. Build again.',
  },
}

// npm's look for a newer npm would be its first request.
const env = { ...process.env, npm_config_update_notifier: 'false' }
if (env.CA_CERTIFICATES) {
  env.NODE_EXTRA_CA_CERTS = join(tmpdir(), 'ca-certificates.pem')
  writeFileSync(env.NODE_EXTRA_CA_CERTS, `${env.CA_CERTIFICATES}\n`)
}
/** Three attempts a package, as by default, but within seconds: https://docs.npmjs.com/cli/v11/using-npm/config#fetch-retries */
const LIMITS = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000']
const OUTPUT = ['--no-audit', '--no-fund', '--loglevel=http']
const npm = spawn('npm', ['ci', ...process.argv.slice(2), ...LIMITS, ...OUTPUT], {
  stdio: ['ignore', 'inherit', 'pipe'],
  env,
})

let output = ''
/** Why this script has ended npm. */
let ended
let silence = waitForLine()
createInterface({ input: npm.stderr }).on('line', (line) => {
  clearTimeout(silence)
  silence = waitForLine()
  output = `${output}${line}\n`.slice(-KEPT)
  if (!line.startsWith('npm http')) process.stderr.write(`${line}\n`)
  else if (/ attempt \d+ failed with /.test(line)) consider(line)
})
npm.on('error', ({ message }) =>
  fail(`npm cannot be run: ${message}`, 'Take the base image of the Dockerfile.'),
)
npm.on('close', (code) => {
  clearTimeout(silence)
  if (code === 0) return
  const failed = output.match(/^npm http .* failed with .*$/gm)?.at(-1)
  if (failed) process.stderr.write(`${failed}\n`)
  const { what, fix } = FAILURES[ended ?? whyNpmFailed(output)]
  fail(what, fix)
})

/** npm would go on with the other packages for ten minutes. A certificate stays as it is, and the third attempt is the last. */
function consider(line) {
  const why = whyNpmFailed(line)
  if (why === 'certificate' || (why === 'offline' && line.includes(' attempt 3 '))) end(why)
}

function waitForLine() {
  return setTimeout(() => end('offline'), SILENCE_MS)
}

function end(why) {
  ended ??= why
  npm.kill('SIGKILL')
}
