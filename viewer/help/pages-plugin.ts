import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { pageTree } from './page-tree.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'your-app')
const ALL = 'virtual:your-app'
const ONE = `${ALL}/`

/**
 * Makes docs/your-app part of the viewer, which has to work without a network: the module `virtual:your-app` has a function
 * for each page that loads its tree, by the file's name without `.md`.
 */
export function yourAppPages(folder = FOLDER): Plugin {
  return {
    name: 'your-app-pages',
    resolveId: (id) => (id === ALL || id.startsWith(ONE) ? `\0${id}` : undefined),
    load(id) {
      if (id === `\0${ALL}`) {
        const lines = namesIn(folder).map((name) => {
          const key = JSON.stringify(name)
          return `${key}: () => import(${JSON.stringify(ONE + name)}).then((page) => page.default)`
        })
        return `export const pages = {\n${lines.join(',\n')}\n}`
      }
      if (!id.startsWith(`\0${ONE}`)) return undefined
      const file = join(folder, `${id.slice(ONE.length + 1)}.md`)
      this.addWatchFile(file)
      return `export default ${JSON.stringify(pageTree(readFileSync(file, 'utf8')))}`
    },
  }
}

function namesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -'.md'.length))
    .toSorted()
}
