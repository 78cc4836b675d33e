import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer } from '../http/answer.ts'
import { HttpError } from '../http/answer.ts'

/** Where `npm run viewer` puts what it builds; not part of the repository. */
export const BUILT_FOLDER = join(import.meta.dirname, '..', '..', 'viewer', 'dist')

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Nothing from elsewhere, nothing inline: markup that comes with telemetry could do nothing, were it ever let in. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/** A built page names each of its files by its content, so that one may be kept for good. */
const ASSET = /^[\w.-]+\.(js|css|svg)$/

export interface BuiltApp {
  /** The page, as it stands `depth` folders below the root; undefined while nothing is built. */
  shell(depth: number, status?: number): Answer | undefined
  /** Throws a HttpError (404). */
  asset(name: string): Answer
}

export function openBuiltApp(folder: string): BuiltApp {
  return {
    shell(depth, status = 200) {
      const page = readIfThere(join(folder, 'index.html'))
      if (!page) return undefined
      // Every address in the page is relative to this, so that it works below any prefix that a proxy puts before it.
      const base = depth === 0 ? './' : '../'.repeat(depth)
      return {
        status,
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': POLICY,
          'referrer-policy': 'no-referrer',
          'cache-control': 'no-store',
        },
        body: page.toString('utf8').replace('<head>', `<head><base href="${base}">`),
      }
    },
    asset(name) {
      const [, kind = ''] = ASSET.exec(name) ?? []
      const content = kind && readIfThere(join(folder, 'assets', name))
      if (!content) throw new HttpError(404, `the viewer has no file "${name}": load the page again`)
      return {
        status: 200,
        headers: {
          'content-type': TYPES[kind] ?? 'application/octet-stream',
          'cache-control': 'public, max-age=31536000, immutable',
        },
        body: content,
      }
    },
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
