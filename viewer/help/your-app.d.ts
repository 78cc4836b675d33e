declare module 'virtual:your-app' {
  /** By name, without `.md`. */
  export const pages: Readonly<Record<string, () => Promise<readonly import('./page-tree.ts').Block[]>>>
}
