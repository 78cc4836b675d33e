import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { readDocument } from './documents.ts'
import { ROOT } from './process.ts'
import { run } from './run.ts'
import { bareEnvironment } from './workspace.ts'

const README = readDocument('backend/telemetry/README.md')

/** Where the parts are in a test, each as `host:port`. The README has the usual ports. */
export interface Addresses {
  readonly sandbox: string
  readonly daemon: string
  readonly service: string
}

const USUAL: Addresses = { sandbox: '127.0.0.1:4318', daemon: '127.0.0.1:2000', service: '127.0.0.1:3000' }

/** The first block of code in backend/telemetry/README.md that contains this text. */
export function readmeBlock(containing: string, addresses: Addresses = USUAL): string {
  const block = README.blocks.find(({ text }) => text.includes(containing))
  if (!block) throw new Error(`No block of code in ${README.path} contains: ${containing}`)
  const withAddresses = Object.entries(USUAL).reduce(
    (text, [part, usual]) => text.replaceAll(usual, addresses[part as keyof Addresses]),
    block.text,
  )
  return withAddresses.replace('listen(3000)', `listen(${addresses.service.split(':')[1]})`)
}

/** Copies telemetry/ into a service's folder by the README's commands, with packages and the file that starts it. */
export async function copyTelemetry(folder: string, addresses: Addresses): Promise<void> {
  await runBlock(readmeBlock('cp -R backend/telemetry'), folder)
  linkPackages(folder)
  writeReadmeFile('src/instrumentation.ts', folder, addresses)
}

/** In place of `npm install`. */
export function linkPackages(folder: string): void {
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
}

/** Writes the first file of this name that the README shows. */
export function writeReadmeFile(path: string, folder: string, addresses: Addresses): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), readmeBlock(`// ${path}`, addresses))
}

/** Runs commands of the README in the repository's root, with another folder in place of `../orders`. */
export async function runBlock(commands: string, folder: string): Promise<void> {
  const script = commands.replaceAll('../orders', '"$ORDERS"')
  const env = { ...bareEnvironment(), ORDERS: folder }
  const { code, stdout, stderr } = await run('bash', ['-euc', script], { cwd: ROOT, env })
  expect(code, stdout + stderr).toBe(0)
}
