import { defineConfig } from 'vite'

export default defineConfig({
  // Every address is relative: the page works below whatever prefix a proxy puts before it.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Its policy allows no data: scripts or styles, and its few pictures are files.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
})
