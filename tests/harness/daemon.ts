import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { daemonArtifact } from '../../scripts/daemon/artifact.ts'
import { markerOf, markerPath } from '../../scripts/daemon/installed.ts'

const realDaemon = findRealDaemon()

/** For the name of a test: which daemon it runs. */
export const DAEMON_KIND =
  realDaemon === undefined
    ? 'a stand-in for the X-Ray daemon: there is no xray on PATH'
    : 'the X-Ray daemon of this machine'

/**
 * Places an X-Ray daemon where `npm run daemon` would install it: the real daemon if the machine has `xray` (AWS's
 * deb installs it), otherwise a stand-in with the same flags, ports and log lines. The stand-in forwards everything
 * unsigned to AWS_ENDPOINT_URL.
 */
export function placeDaemon(stateDirectory: string): void {
  const path = join(stateDirectory, 'bin', 'xray')
  const program = realDaemon === undefined ? Buffer.from(PROGRAM) : readFileSync(realDaemon)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, program, { mode: 0o755 })
  writeFileSync(markerPath(path), markerOf(program, daemonArtifact().zip))
}

function findRealDaemon(): string | undefined {
  const found = spawnSync('sh', ['-c', 'command -v xray'], { encoding: 'utf8' }).stdout.trim()
  if (found === '') return undefined
  const version = spawnSync(found, ['--version'], { encoding: 'utf8', timeout: 5_000 })
  return /x-ray daemon/i.test(version.stdout + version.stderr) ? found : undefined
}

// CommonJS, because the file has no extension and no package.json beside it.
const PROGRAM = `#!${process.execPath}
const { createSocket } = require('node:dgram')
const { appendFileSync } = require('node:fs')
const { createServer } = require('node:http')
const endpoint = process.env.AWS_ENDPOINT_URL
const flag = (name) => process.argv[process.argv.indexOf(name) + 1]
const [tcpHost, tcpPort] = flag('-t').split(':')
const [udpHost, udpPort] = flag('-b').split(':')
const log = (level, text) =>
  appendFileSync(flag('-f'), new Date().toISOString() + ' [' + level + '] ' + text + '\\n')
const post = (path, body) => fetch(endpoint + path, { method: 'POST', body })

const socket = createSocket('udp4')
socket.on('message', (message) => {
  const text = message.toString()
  const document = text.slice(text.indexOf('\\n') + 1)
  post('/TraceSegments', JSON.stringify({ TraceSegmentDocuments: [document] })).then(
    () => log('Info', 'Successfully sent batch of 1 segments (0.001 seconds)'),
    (error) => log('Error', 'Sending segment batch failed with: ' + error),
  )
})
socket.bind(Number(udpPort), udpHost)
const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', async () => {
    try {
      const answer = await post(request.url, Buffer.concat(chunks))
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      response.end(await answer.text())
    } catch {
      response.writeHead(502).end()
    }
  })
})
server.listen(Number(tcpPort), tcpHost, () => log('Info', 'Starting proxy http server on ' + tcpHost + ':' + tcpPort))
process.on('SIGTERM', () => process.exit(0))
`
