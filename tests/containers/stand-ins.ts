import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { findPostgres } from '../harness/real-postgres.ts'
import type { StandIns } from './engine-choice.ts'

/** As in the images for which they stand in. */
const NODE = { uid: 1000, gid: 1000 }
const POSTGRES = { uid: 999, gid: 999 }
/** What Dockerfiles, npm and health checks run, besides Node. */
const PROGRAMS = ['sh', 'bash', 'env', 'cat', 'chmod', 'chown', 'mkdir']
/** Parts of the C library that the native modules of npm packages are linked with. */
const C_PARTS = ['libdl.so.2', 'libm.so.6', 'libpthread.so.0', 'libresolv.so.2', 'librt.so.1', 'libutil.so.1']
const PATH = 'PATH=/usr/local/bin:/usr/bin:/bin'

/**
 * Makes base images from this machine's programs, without any registry: Node, npm and Postgres, and what else is on PATH
 * (`xray`, `otelcol-contrib`, `jaeger`); without a program of X-Ray or Jaeger, a script in its place.
 */
export function makeStandIns(folder: string): Omit<StandIns, 'buildArguments'> {
  const root = join(folder, 'image')
  const make = (name: string, fill: () => void, ...changes: string[]) => {
    rmSync(root, { recursive: true, force: true })
    mkdirSync(root, { recursive: true, mode: 0o755 })
    fill()
    importImage(root, name, changes)
    rmSync(root, { recursive: true })
    return name
  }
  const node = make('stand-in-node:24', () => addNode(root), PATH)
  const scripted = (name: string, script: string) =>
    make(
      `stand-in-${name}:script`,
      () => {
        addNode(root)
        writeFileSync(join(root, `${name}.cjs`), script)
      },
      PATH,
      'USER 10001',
      `ENTRYPOINT ["node","/${name}.cjs"]`,
    )
  const program = (name: string, path: string, ...entrypoint: string[]) =>
    make(
      `stand-in-${name}:program`,
      () => {
        addProgram(root, path)
        cpSync(realpathSync(path), join(root, name))
      },
      'USER 10001',
      `ENTRYPOINT ${JSON.stringify([`/${name}`, ...entrypoint])}`,
    )
  const [xray, otelcol, jaeger] = ['xray', 'otelcol-contrib', 'jaeger'].map(pathOf)
  return {
    node,
    postgres: make(
      'stand-in-postgres:server',
      () => addPostgres(root),
      `${PATH}:/postgres/bin`,
      'ENV PGDATA=/var/lib/postgresql/data',
      'VOLUME /var/lib/postgresql/data',
      'ENTRYPOINT ["sh","/start.sh"]',
    ),
    daemon: xray
      ? program('xray', xray, '-t', '0.0.0.0:2000', '-b', '0.0.0.0:2000')
      : scripted('xray', DAEMON),
    collector: otelcol && program('otelcol-contrib', otelcol),
    jaeger: jaeger ? program('jaeger', jaeger) : scripted('jaeger', JAEGER),
  }
}

function importImage(root: string, name: string, changes: readonly string[]): void {
  const options = changes.flatMap((change) => [
    '--change',
    change.startsWith('PATH=') ? `ENV ${change}` : change,
  ])
  const command = 'tar --create --directory "$0" . | docker import "$@"'
  execFileSync('bash', ['-o', 'pipefail', '-c', command, root, ...options, '-', name], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function addNode(root: string): void {
  for (const name of PROGRAMS) addProgram(root, pathOf(name) ?? '', `/bin/${name}`)
  mkdirSync(join(root, 'usr/bin'), { recursive: true })
  // Of npm's first line.
  symlinkSync('/bin/env', join(root, 'usr/bin/env'))
  addProgram(root, process.execPath, '/usr/local/bin/node')
  const npm = dirname(dirname(realpathSync(pathOf('npm') ?? '')))
  cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'))
  addUsers(root, { node: NODE })
  mkdirSync(join(root, 'home/node'), { recursive: true })
  chownSync(join(root, 'home/node'), NODE.uid, NODE.gid)
}

function addPostgres(root: string): void {
  const programs = findPostgres() ?? ''
  for (const name of ['sh', 'cat', 'mkdir', 'locale']) addProgram(root, pathOf(name) ?? '', `/bin/${name}`)
  for (const name of ['initdb', 'postgres', 'pg_isready']) addLibraries(root, join(programs, name))
  // Where the server looks for its other parts: beside its programs.
  const home = dirname(programs)
  for (const part of ['bin', 'lib']) {
    cpSync(join(home, part), join(root, home, part), {
      recursive: true,
      filter: (path) => !/llvmjit|bitcode|\.a$/.test(path),
    })
  }
  symlinkSync(home, join(root, 'postgres'))
  for (const path of ['/usr/share/zoneinfo', home.replace('/lib/', '/share/')])
    if (existsSync(path)) cpSync(path, join(root, path), { recursive: true })
  addUsers(root, { postgres: POSTGRES })
  for (const path of ['var/lib/postgresql/data', 'var/run/postgresql']) {
    mkdirSync(join(root, path), { recursive: true })
    chownSync(join(root, path), POSTGRES.uid, POSTGRES.gid)
  }
  // As in Postgres's image: the file system that is mounted there gets the mode of the folder.
  chmodSync(join(root, 'var/run/postgresql'), 0o3777)
  writeFileSync(join(root, 'start.sh'), START_POSTGRES)
}

/** Users other than root, and the folders that every process expects. */
function addUsers(root: string, users: Readonly<Record<string, { uid: number; gid: number }>>): void {
  const all = Object.entries({ root: { uid: 0, gid: 0 }, ...users })
  mkdirSync(join(root, 'etc'))
  mkdirSync(join(root, 'root'))
  mkdirSync(join(root, 'tmp'))
  chmodSync(join(root, 'tmp'), 0o1777)
  const lines = (line: (name: string, ids: { uid: number; gid: number }) => string) =>
    all.map(([name, ids]) => `${line(name, ids)}\n`).join('')
  writeFileSync(
    join(root, 'etc/passwd'),
    lines(
      (name, { uid, gid }) =>
        `${name}:x:${uid}:${gid}::/${name === 'root' ? 'root' : `home/${name}`}:/bin/sh`,
    ),
  )
  writeFileSync(
    join(root, 'etc/group'),
    lines((name, { gid }) => `${name}:x:${gid}:`),
  )
}

/** Copies a program and the libraries that it is linked with; `target` is its path in the image. */
function addProgram(root: string, path: string, target?: string): void {
  if (target !== undefined) {
    mkdirSync(dirname(join(root, target)), { recursive: true })
    cpSync(realpathSync(path), join(root, target))
  }
  addLibraries(root, path)
}

function addLibraries(root: string, path: string): void {
  // It fails for a program that is linked with none.
  const { stdout } = spawnSync('ldd', [path], { encoding: 'utf8' })
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, library = '']) => library)
  const c = libraries.find((library) => library.endsWith('/libc.so.6'))
  for (const library of [...libraries, ...(c ? C_PARTS.map((name) => join(dirname(c), name)) : [])]) {
    if (existsSync(join(root, library)) || !existsSync(library)) continue
    mkdirSync(dirname(join(root, library)), { recursive: true })
    cpSync(realpathSync(library), join(root, library))
  }
}

function pathOf(name: string): string | undefined {
  const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' })
  return stdout.trim() || undefined
}

const START_POSTGRES = `set -e
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" > /tmp/password
  initdb --no-locale --encoding=UTF8 --auth=scram-sha-256 --pwfile=/tmp/password --username="$POSTGRES_USER" > /dev/null
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  echo "CREATE DATABASE $POSTGRES_DB;" | postgres --single postgres > /dev/null
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql
`

/** Forwards each segment unsigned to AWS_ENDPOINT_URL, and each request for sampling rules. */
const DAEMON = `
const { createSocket } = require('node:dgram')
const { createServer } = require('node:http')
const post = (path, body) => fetch(process.env.AWS_ENDPOINT_URL + path, { method: 'POST', body })
const socket = createSocket('udp4', (message) => {
  const text = message.toString()
  const document = text.slice(text.indexOf('\\n') + 1)
  post('/TraceSegments', JSON.stringify({ TraceSegmentDocuments: [document] })).catch(() => {})
})
socket.bind(2000, '0.0.0.0')
createServer(async (request, response) => {
  const chunks = await request.toArray()
  const answer = await post(request.url, Buffer.concat(chunks)).catch(() => undefined)
  response.writeHead(answer?.status ?? 502, { 'content-type': 'application/json' })
  response.end(await answer?.text())
}).listen(2000, '0.0.0.0')
process.on('SIGTERM', () => process.exit(0))
`

/** Accepts every OTLP export, and has a page. */
const JAEGER = `
const http2 = require('node:http2')
http2
  .createServer()
  .on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.resume().on('end', () => stream.end(Buffer.alloc(5)))
  })
  .listen(4317, '0.0.0.0')
require('node:http').createServer((_, response) => response.end()).listen(16686, '0.0.0.0')
process.on('SIGTERM', () => process.exit(0))
`
