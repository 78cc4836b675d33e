import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Answer, HttpError } from '../http/answer.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { traceIdIn } from './traces.ts'

/** Where `npm run viewer` puts the built viewer; not part of the repository. */
export const BUILT_FOLDER = join(import.meta.dirname, '..', '..', 'viewer', 'dist')

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Only own files, and nothing inline: markup inside telemetry could do nothing, even if a page let it through. */
const VIEWER_POLICY = [
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
const STATIC_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Vite names each file by its content, so that browsers may keep it for ever. */
const ASSET = /^[\w.-]+\.(js|css|svg)$/

/** The pages besides a trace's, each with the JSON read that has its content. */
const PAGES: Readonly<Record<string, string>> = {
  '/': 'sandbox/traces',
  '/ask': 'sandbox/columns',
  '/compare': 'sandbox/traces',
  '/metrics': 'sandbox/metrics',
  '/map': 'sandbox/traces',
  '/errors': 'sandbox/errors',
  '/errors/:id': 'sandbox/errors/:id',
  '/logs': 'sandbox/logs',
  '/providers': 'sandbox/providers',
  '/help': 'sandbox/wiring',
  '/help/:id': 'sandbox/wiring',
}

/**
 * The viewer's pages and files. As long as the viewer is not built in `folder`, each page is a static one that says how
 * to build it and names the JSON read with the same content.
 */
export function viewerRoutes(store: Store, folder: string): Route[] {
  const get = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, handle })
  return [
    ...Object.entries(PAGES).map(([pattern, read]) =>
      get(pattern, ({ path, params }) =>
        pageAt(folder, path, read.replace(':id', encodeURIComponent(params.id ?? ''))),
      ),
    ),
    // With a span's id, as the page's button copies it, that span is selected.
    ...['/trace/:id', '/trace/:id/:span'].map((pattern) =>
      get(pattern, ({ params, path }) => {
        const traceId = traceIdIn(params.id ?? '')
        if (!store.traces.has(traceId)) return pageAt(folder, path, `sandbox/traces/${traceId}`, 404)
        const lenses = `sandbox/traces/${encodeURIComponent(params.id ?? '')}/lenses`
        return preloading(lenses, pageAt(folder, path, `sandbox/traces/${traceId}`), path)
      }),
    ),
    get('/assets/:name', ({ params }) => assetOf(folder, params.name ?? '')),
  ]
}

/** Addresses are relative, so that pages work below any prefix that a proxy puts before them. */
function rootFrom(path: string): string {
  return '../'.repeat(path.split('/').length - 2) || './'
}

/**
 * The page, whose browser asks for `read` beside the scripts instead of after them. The scripts have to ask for the same
 * address to get that answer. Source: https://html.spec.whatwg.org/multipage/links.html#link-type-preload
 */
function preloading(read: string, page: Answer, path: string): Answer {
  const link = `<${rootFrom(path)}${read}>; rel=preload; as=fetch; crossorigin`
  return { ...page, headers: { ...page.headers, link } }
}

/** `path` is the request's; `read` the JSON read of the page's content, relative to the sandbox's root. */
function pageAt(folder: string, path: string, read: string, status = 200): Answer {
  const root = rootFrom(path)
  const built = readIfThere(join(folder, 'index.html'))?.toString('utf8')
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': built ? VIEWER_POLICY : STATIC_POLICY,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
    body: built?.replace('<head>', `<head><base href="${root}">`) ?? staticPage(root, read),
  }
}

function staticPage(root: string, read: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Sandbox</title>
<h1>The viewer is not built yet</h1>
<p>Run <code>npm run viewer</code>, which takes seconds, then load this page again.</p>
<p>Until then, its content is at <a href="${root}${read}">/${read}</a> as JSON. No trace there yet? Run
<code>npm run verify</code>: it sends two requests.</p>
</html>
`
}

/** Throws an HttpError (404). */
function assetOf(folder: string, name: string): Answer {
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
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
