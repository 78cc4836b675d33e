import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

export const ROOT = resolve(import.meta.dirname, '..', '..')

/** The clone of this repository whose code a candidate runs. `--against` compares two of them with one harness. */
const CHECKOUT = process.env.BENCH_CHECKOUT ?? ROOT

/** Imports a file of the checkout by its path, or a package in the version that the checkout has installed. */
export function fromCheckout<Module>(name: string): Promise<Module> {
  const file = name.endsWith('.ts')
    ? resolve(CHECKOUT, name)
    : createRequire(resolve(CHECKOUT, 'package.json')).resolve(name)
  return import(pathToFileURL(file).href)
}
