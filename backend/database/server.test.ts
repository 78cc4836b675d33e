import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { readLogLines } from '../../contracts/logged-diagnosis.ts'
import { copyTemplate, makeTemplate } from '../../tests/harness/database-template.ts'
import { freePort } from '../../tests/harness/ports.ts'
import { spawnProcess } from '../../tests/harness/process.ts'
import { EMBEDDED_DATABASE, EMBEDDED_HOST, EMBEDDED_USER } from './address.ts'

test('where Postgres ends, so does the process, and says why', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'database-server-'))
  await makeTemplate()
  copyTemplate(folder)
  const port = await freePort()
  const server = spawnProcess(['--liftoff-only', 'backend/database/server.ts'], {
    DATABASE_PORT: String(port),
    WORKSPACE_STATE_DIR: folder,
    WORKSPACE_ENV_FILE: join(folder, '.env'),
  })
  onTestFinished(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  await expect.poll(server.output, { timeout: 20_000 }).toContain('database ready')
  const client = new Client({
    host: EMBEDDED_HOST,
    port,
    user: EMBEDDED_USER,
    database: EMBEDDED_DATABASE,
  })
  client.on('error', () => {})
  await client.connect()
  // A backslash in a text hides the COPY from copy-from-client.ts, which reads texts as the standard does.
  await client.query('set standard_conforming_strings = off; create temp table t (a text)')
  await Promise.allSettled([client.query(String.raw`select '\''; copy t from stdin`)])
  expect(await server.exited).toBe(1)
  await expect
    .poll(() => readLogLines(server.stderr().trimEnd().split('\n')))
    .toEqual({
      what: 'Postgres ended: terminating connection because protocol synchronization was lost.',
      fix: 'Start it again: npm run setup',
    })
}, 30_000)
