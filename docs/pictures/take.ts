import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { SandboxTrace } from '../../contracts/sandbox/trace.ts'
import { chromiumPath, closeBrowser, openPage } from '../../tests/harness/browser.ts'
import { freePorts } from '../../tests/harness/ports.ts'
import { run } from '../../tests/harness/run.ts'

/**
 * Takes the README's pictures of the viewer: `node docs/pictures/take.ts`. It starts a temporary workspace on free ports,
 * sends traffic, and removes the workspace afterwards.
 */
const ROOT = resolve(import.meta.dirname, '..', '..')
const SETTLED_MS = 1_500

const VERIFIED = z.object({ traceId: z.string() })
if (!chromiumPath) throw new Error('Chromium is not installed: apt-get install chromium, or CHROMIUM=<path>')
const folder = mkdtempSync(join(tmpdir(), 'viewer-pictures-'))
const [api = 0, profiles = 0, database = 0, sandbox = 0, daemon = 0] = await freePorts(5)
const env = {
  ...process.env,
  WORKSPACE_STATE_DIR: join(folder, 'state'),
  WORKSPACE_ENV_FILE: join(folder, '.env'),
  PORT: String(api),
  PROFILES_PORT: String(profiles),
  DATABASE_PORT: String(database),
  SANDBOX_PORT: String(sandbox),
  AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon}`,
}
const page = `http://127.0.0.1:${sandbox}`
try {
  await command('setup', '--yes')
  await command('load', '--rate', '9', '--duration', '40', '--errors', '4')
  const { traceId } = VERIFIED.parse(JSON.parse(await command('verify', '--json')))
  const { honeycomb } = SandboxTrace.parse(await (await fetch(`${page}/sandbox/traces/${traceId}`)).json())
  const server = honeycomb.spans.find(({ kind }) => kind === 'SERVER')?.spanId ?? ''
  await take('requests', '', 'light')
  await take('trace', `trace/${traceId}`, 'light')
  await take('trace-dark', `trace/${traceId}?span=${server}`, 'dark')
  await take('map', 'map?minutes=5', 'light', 640)
} finally {
  await closeBrowser()
  await command('stop')
  rmSync(folder, { recursive: true, force: true })
}

async function command(name: string, ...args: string[]): Promise<string> {
  const script = join(ROOT, 'scripts', 'commands', `${name}.ts`)
  const { code, stdout, stderr } = await run(process.execPath, [script, ...args], { cwd: ROOT, env })
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${stdout}\n${stderr}`)
  return stdout
}

async function take(name: string, path: string, colorScheme: 'light' | 'dark', height = 820): Promise<void> {
  const { page: tab, complaints } = await openPage()
  await tab.setViewportSize({ width: 1280, height })
  await tab.emulateMedia({ colorScheme })
  await tab.goto(`${page}/${path}`)
  await tab.locator('.request[id], .lens .wf, .card, .map-node').first().waitFor()
  // Charts and the map are drawn after their data has arrived.
  await tab.waitForTimeout(SETTLED_MS)
  await tab.screenshot({ path: join(import.meta.dirname, `${name}.png`) })
  if (complaints.length > 0) throw new Error(`${name}: ${complaints.join('\n')}`)
}
