import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { resolve } from 'node:path'
import { ROOT } from './checkout.ts'

/** Prints which versions the candidates consist of. */
export function printVersions(): void {
  const bench = resolve(ROOT, 'bench')
  const ours = ['@opentelemetry/sdk-node', 'aws-xray-sdk', 'rollbar']
  const alone = ['@opentelemetry/sdk-node', '@opentelemetry/instrumentation-http']
  const naive = ['@opentelemetry/auto-instrumentations-node', ...ours]
  console.log(`Node ${process.versions.node}, ${versionOf('express', bench)}`)
  console.log(`OpenTelemetry alone: ${alone.map((name) => versionOf(name, bench)).join(', ')}`)
  console.log(`quick starts: ${naive.map((name) => versionOf(name, bench)).join(', ')}`)
  console.log(`here: ${ours.map((name) => versionOf(name, ROOT)).join(', ')}`)
}

/** The version of a package, resolved as from a module in that folder. */
function versionOf(name: string, folder: string): string {
  const found = findPackageJSON(name, `${folder}/package.json`)
  return `${name} ${found ? JSON.parse(readFileSync(found, 'utf8')).version : '(missing)'}`
}
