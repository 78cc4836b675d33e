import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { MARKER } from '../../scripts/processes/living.ts'
import { freePort } from './ports.ts'

/**
 * A process of the workspace whose state folder is `folder`, as its mark says: it answers every HTTP request with its pid.
 * Ends with the test. Only on Linux, where the mark can be read.
 */
export async function startMarked(
  folder: string,
  { name = 'api', port }: { readonly name?: string; readonly port?: number } = {},
): Promise<{ readonly port: number; readonly pid: number }> {
  const own = port ?? (await freePort())
  const source = `require('node:http').createServer((_, response) => response.end(JSON.stringify({ pid: process.pid })))
    .listen(${own}, '127.0.0.1', () => console.log('listens'))`
  const child = spawn(process.execPath, ['-e', source], {
    env: { [MARKER]: `1 ${name} ${folder}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return { port: own, pid: child.pid ?? 0 }
}
