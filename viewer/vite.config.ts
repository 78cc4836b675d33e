import { defineConfig } from 'vite'

export default defineConfig({
  // Relative addresses work below any prefix that a proxy adds.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    // The page's policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
})
