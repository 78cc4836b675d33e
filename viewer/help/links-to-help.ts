import { hrefOf } from '../shell/router.ts'

/** The address of a page of docs/your-app in the viewer; `id` is one of its headings'. */
export function hrefOfHelp(name: string, id: string): string {
  return hrefOf(`help/${name}`, '', id)
}
