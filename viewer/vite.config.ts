import { defineConfig } from 'vite'

export default defineConfig({
  // Relative addresses work below any prefix that a proxy adds.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    // The Content-Security-Policy forbids `data:` URLs for scripts and styles.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
})
