/** Where a link of a page in docs/your-app leads in the viewer. */
export type HelpLink =
  | { readonly kind: 'page'; readonly name: string; readonly id: string }
  | { readonly kind: 'web'; readonly href: string }
  /** A file of the repository, which the viewer cannot open. */
  | { readonly kind: 'file'; readonly path: string }

/** The name of the first page. */
export const INDEX = 'README'

/** `from` is the name of the page with the link. */
export function helpLink(href: string, from: string): HelpLink {
  if (/^https?:\/\//.test(href)) return { kind: 'web', href }
  const [file = '', id = ''] = href.split('#')
  if (file === '') return { kind: 'page', name: from, id }
  const [, name] = /^(?:\.\/)?([\w-]+)\.md$/.exec(file) ?? []
  if (name) return { kind: 'page', name, id }
  // Without its way up, a path is one of the repository's root.
  return { kind: 'file', path: file.replace(/^(\.\.\/)+/, '') }
}
