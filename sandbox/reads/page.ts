import { createHash } from 'node:crypto'
import type { Answer } from '../http/answer.ts'
import { type Html, html, Html as Raw } from './html.ts'

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #e0e1e6; --paper: #fff; --card: #f9f9fb;
  --bar: #3e63dd; --bad: #ce2c31; --good: #2b9a66 }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --line: #363a3f; --paper: #111113;
  --card: #18191b; --bar: #5472e4; --bad: #ff9592; --good: #3dd68c } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 78rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif }
header { display: flex; gap: 1rem; align-items: baseline; margin-bottom: 1.25rem }
h1 { font-size: 1.25rem; margin: 0 } h2 { font-size: 1.05rem; margin: 0 0 .6rem }
a { color: var(--bar); text-decoration: none } a:hover { text-decoration: underline }
small, .soft { color: var(--soft) } code, pre, .id { font: 13px/1.5 ui-monospace, monospace }
table { width: 100%; border-collapse: collapse } th { text-align: left; white-space: nowrap; font-weight: 500; color: var(--soft) }
td:not(:nth-child(3)) { white-space: nowrap } @media (max-width: 45rem) { main, body { overflow-x: auto } }
td, th { padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: 1rem 0;
  overflow-x: auto }
.bad { color: var(--bad); font-weight: 600 } .good { color: var(--good) }
.row { display: grid; grid-template-columns: minmax(14rem, 2fr) 3fr 6rem; gap: .75rem; align-items: center;
  border-bottom: 1px solid var(--line); padding: .2rem 0 }
.row > :last-child { text-align: right } .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
svg { width: 100%; height: 12px; display: block } rect { fill: var(--bar) } rect.bad { fill: var(--bad) }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0 0 }
.empty { text-align: center; padding: 3rem 1rem; color: var(--soft) }
`

/** Reloads the list while it is looked at, and leaves a page alone in which something is selected. */
const RELOAD = `setInterval(() => { if (!document.hidden && getSelection().isCollapsed) location.reload() }, 5000)`

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(RELOAD)}`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** A whole page; nothing in it comes from anywhere else. */
export function page(title: string, body: Html, { status = 200, reloads = false } = {}): Answer {
  const document = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${new Raw(STYLE)}</style></head>
<body>${body}${reloads ? new Raw(`<script>${RELOAD}</script>`) : ''}</body></html>
`
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
    body: document.text,
  }
}
